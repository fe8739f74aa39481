import type { Migration } from '../../../kernel/database';
import { heads } from './0001-heads';

export const auditMigrations: readonly Migration[] = [heads];
