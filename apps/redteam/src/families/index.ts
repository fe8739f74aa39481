import type { Family } from '../attack';
import { AUDIT_BOOK } from './audit-book';
import { AUDIT_ROWS } from './audit-rows';
import { BIT_FLIPS } from './bit-flips';
import { DEPENDENCIES } from './dependencies';
import { CARRIED_AWAY } from './carried-away';
import { CLAIM_CODES } from './claim-codes';
import { CLOCKS_SET } from './clocks-set';
import { CLONES_SEEN } from './clones';
import { CORRUPTED_STATE } from './corrupted-state';
import { FORGERIES } from './forgeries';
import { DATABASE_ROWS } from './database-rows';
import { HELD_VOICES } from './held-voices';
import { HOSTILE_UPLOADS } from './hostile-uploads';
import { DATABASE, INSIDERS } from './insiders';
import { HIJACKED_PLATFORM } from './hijacked-platform';
import { HASTE } from './haste';
import { LIVE_BLOCKS } from './live-blocks';
import { LIVE_ORDERS } from './live-orders';
import { LIVE_VOICES } from './live-voices';
import { MAN_IN_THE_MIDDLE } from './man-in-the-middle';
import { MEDIA_RACES } from './media-races';
import { NO_PORT } from './no-port';
import { RIVALS } from './races';
import { LIVE_REPLAY } from './replay';
import { OLD_APPROVALS } from './old-approvals';
import { OLDER_COPY } from './older-copy';
import { ROLLBACK, ROOT } from './rollback';
import { RUNNING_SECRETS } from './running-secrets';
import { SECOND_WORDS } from './second-words';
import { SHIPPED_SECRETS } from './shipped-secrets';
import { SIGNERS } from './signers';
import { SIGNING_ORIGIN } from './signing-origin';
import { SOURCE_POINTED_AWAY } from './source-pointed-away';
import { STOP_ALWAYS } from './stop-always';
import { STOP_LOST } from './stop-lost';
import { TERMINAL_KEY } from './terminal-key';
import { THIRTY_DAYS } from './thirty-days';
import { TIME } from './time';
import { UPPER_TIER } from './upper-tier';
import { WEAKER_WAY } from './weaker-way';
import { WITHHELD_NEWS } from './withheld-news';

/** Tried without a district, in a process of their own. */
export const MEMORY_FAMILIES: readonly Family[] = [
  ...FORGERIES,
  OLD_APPROVALS,
  SECOND_WORDS,
  BIT_FLIPS,
  LIVE_BLOCKS,
  HELD_VOICES,
  SIGNERS,
  HASTE,
  SIGNING_ORIGIN,
  ROLLBACK,
  ROOT,
  TIME,
  THIRTY_DAYS,
  AUDIT_BOOK,
  DEPENDENCIES,
  SHIPPED_SECRETS,
  HOSTILE_UPLOADS,
  UPPER_TIER,
  TERMINAL_KEY,
  STOP_LOST,
  SOURCE_POINTED_AWAY,
  MEDIA_RACES,
  CORRUPTED_STATE,
  WITHHELD_NEWS,
  CLOCKS_SET,
  LIVE_VOICES,
];

/** Tried on a running district that stays whole, in this order. */
export const DISTRICT_FAMILIES: readonly Family[] = [
  LIVE_ORDERS,
  WEAKER_WAY,
  INSIDERS,
  DATABASE_ROWS,
  DATABASE,
  RIVALS,
  NO_PORT,
  CARRIED_AWAY,
  AUDIT_ROWS,
  RUNNING_SECRETS,
  // Leaves the door locked for a minute.
  CLAIM_CODES,
];

/** Tried on a second one beside it, in this order: processes are ended, boxes copied, folders put back. */
export const DISMANTLING_FAMILIES: readonly Family[] = [
  CLONES_SEEN,
  STOP_ALWAYS,
  HIJACKED_PLATFORM,
  MAN_IN_THE_MIDDLE,
  LIVE_REPLAY,
  OLDER_COPY,
];
