import type { Migration } from '../../../kernel/database';
import { delivery } from './0001-delivery';
import { isolates } from './0002-isolates';
import { restrictions } from './0003-restrictions';
import { narrowingIds } from './0004-narrowing-ids';
import { voices } from './0005-voices';

export const deliveryMigrations: readonly Migration[] = [delivery, isolates, restrictions, narrowingIds, voices];
