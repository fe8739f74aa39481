import type { Migration } from '../../../kernel/database';
import { messages } from './0001-messages';
import { corrections } from './0002-corrections';
import { notReleased } from './0003-not-released';
import { lateSignatures } from './0004-late-signatures';
import { permits } from './0005-permits';
import { namedMedia } from './0006-named-media';
import { sessionKeys } from './0007-session-keys';

export const messagesMigrations: readonly Migration[] = [messages, corrections, notReleased, lateSignatures, permits, namedMedia, sessionKeys];
