import type { Migration } from '../../../kernel/database';
import { liveSession } from './0001-live-session';

export const streamingMigrations: readonly Migration[] = [liveSession];
