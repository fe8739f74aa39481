import type { Migration } from '../../../kernel/database';
import { messages } from './0001-messages';
import { corrections } from './0002-corrections';

export const messagesMigrations: readonly Migration[] = [messages, corrections];
