import type { Migration } from '../../../kernel/database';
import { access } from './0001-access';
import { secondFactors } from './0002-second-factors';

export const accessMigrations: readonly Migration[] = [access, secondFactors];
