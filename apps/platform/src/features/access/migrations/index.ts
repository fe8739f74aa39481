import type { Migration } from '../../../kernel/database';
import { access } from './0001-access';

export const accessMigrations: readonly Migration[] = [access];
