import type { Migration } from '../../../kernel/database';
import { terminals } from './0001-terminals';
import { maxVolume } from './0002-max-volume';
import { sim } from './0003-sim';

export const terminalsMigrations: readonly Migration[] = [terminals, maxVolume, sim];
