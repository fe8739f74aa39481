import type { Migration } from '../../../kernel/database';
import { heads } from './0001-heads';
import { securityEvents } from './0002-security-events';

export const auditMigrations: readonly Migration[] = [heads, securityEvents];
