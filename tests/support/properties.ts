import type { Parameters } from 'fast-check';

/**
 * How long a property is asked: `short` runs in `npm test`, a hundred times as many with CLARION_LONG=1. What fails is
 * printed with its seed and path; CLARION_SEED=<seed> asks the very same examples again.
 */
export function asked(short: number): Parameters<unknown> {
  const seed = process.env['CLARION_SEED'];
  return { numRuns: process.env['CLARION_LONG'] === '1' ? short * 100 : short, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/** For tests whose examples take long when there are many. */
export const LONG_TIMEOUT_MS = process.env['CLARION_LONG'] === '1' ? 1_800_000 : 60_000;
