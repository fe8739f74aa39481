import type { Migration } from '../../../kernel/database';
import { authority } from './0001-authority';

export const authorityMigrations: readonly Migration[] = [authority];
