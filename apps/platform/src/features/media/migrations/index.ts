import type { Migration } from '../../../kernel/database';
import { media } from './0001-media';
import { speech } from './0002-speech';
import { references } from './0003-references';

export const mediaMigrations: readonly Migration[] = [media, speech, references];
