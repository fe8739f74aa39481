import type { Family } from '../attack';
import { FORGERIES } from './forgeries';
import { LIVE_ORDERS } from './live-orders';

/** Tried in this process. */
export const MEMORY_FAMILIES: readonly Family[] = [...FORGERIES];

/** Tried on the running district, in this order: the last ones take it apart. */
export const DISTRICT_FAMILIES: readonly Family[] = [LIVE_ORDERS];
