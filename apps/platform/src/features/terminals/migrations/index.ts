import type { Migration } from '../../../kernel/database';
import { terminals } from './0001-terminals';

export const terminalsMigrations: readonly Migration[] = [terminals];
