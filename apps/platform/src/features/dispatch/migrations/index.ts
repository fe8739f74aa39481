import type { Migration } from '../../../kernel/database';
import { dispatch } from './0001-dispatch';
import { consents } from './0002-consents';
import { consentsAgain } from './0003-consents-again';
import { stopsNameNobody } from './0004-stops-name-nobody';

export const dispatchMigrations: readonly Migration[] = [dispatch, consents, consentsAgain, stopsNameNobody];
