import type { Migration } from '../../../kernel/database';
import { delivery } from './0001-delivery';

export const deliveryMigrations: readonly Migration[] = [delivery];
