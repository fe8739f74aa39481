import type { Migration } from '../../../kernel/database';
import { dispatch } from './0001-dispatch';
import { consents } from './0002-consents';

export const dispatchMigrations: readonly Migration[] = [dispatch, consents];
