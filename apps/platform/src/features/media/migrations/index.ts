import type { Migration } from '../../../kernel/database';
import { media } from './0001-media';

export const mediaMigrations: readonly Migration[] = [media];
