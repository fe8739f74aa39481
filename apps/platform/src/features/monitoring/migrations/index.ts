import type { Migration } from '../../../kernel/database';
import { incidents } from './0001-incidents';

export const monitoringMigrations: readonly Migration[] = [incidents];
