import type { Migration } from '../../../kernel/database';
import { authority } from './0001-authority';
import { passkeyCounters } from './0002-passkey-counters';
import { keysAndPapers } from './0003-keys-and-papers';
import { endingPapers } from './0004-ending-papers';
import { refusedRequests } from './0005-refused-requests';

export const authorityMigrations: readonly Migration[] = [authority, passkeyCounters, keysAndPapers, endingPapers, refusedRequests];
