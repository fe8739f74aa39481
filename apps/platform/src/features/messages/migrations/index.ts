import type { Migration } from '../../../kernel/database';
import { messages } from './0001-messages';

export const messagesMigrations: readonly Migration[] = [messages];
