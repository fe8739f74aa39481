import type { Family } from '../attack';
import { BIT_FLIPS } from './bit-flips';
import { FORGERIES } from './forgeries';
import { DATABASE, INSIDERS } from './insiders';
import { LIVE_ORDERS } from './live-orders';
import { LIVE_REPLAY, THIRTY_DAYS } from './replay';
import { ROLLBACK, ROOT } from './rollback';
import { SIGNERS } from './signers';
import { STOP_LOST } from './stop-lost';
import { TIME } from './time';

/** Tried in this process. */
export const MEMORY_FAMILIES: readonly Family[] = [...FORGERIES, BIT_FLIPS, SIGNERS, ROLLBACK, ROOT, TIME, THIRTY_DAYS, STOP_LOST];

/** Tried on the running district, in this order: the last ones take it apart. */
export const DISTRICT_FAMILIES: readonly Family[] = [LIVE_ORDERS, INSIDERS, DATABASE, LIVE_REPLAY];
