import type { Migration } from '../../../kernel/database';
import { areas } from './0001-areas';

export const areasMigrations: readonly Migration[] = [areas];
