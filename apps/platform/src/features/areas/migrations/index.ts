import type { Migration } from '../../../kernel/database';
import { areas } from './0001-areas';
import { places } from './0002-places';

export const areasMigrations: readonly Migration[] = [areas, places];
