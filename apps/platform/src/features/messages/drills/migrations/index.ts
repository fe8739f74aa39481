import type { Migration } from '../../../../kernel/database';
import { drills } from './0001-drills';

export const drillsMigrations: readonly Migration[] = [drills];
