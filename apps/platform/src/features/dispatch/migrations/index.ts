import type { Migration } from '../../../kernel/database';
import { dispatch } from './0001-dispatch';

export const dispatchMigrations: readonly Migration[] = [dispatch];
