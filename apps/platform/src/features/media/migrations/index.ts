import type { Migration } from '../../../kernel/database';
import { media } from './0001-media';
import { speech } from './0002-speech';

export const mediaMigrations: readonly Migration[] = [media, speech];
