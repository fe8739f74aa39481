import { BoundedMap } from './bounded-map';

/**
 * Remembers outcomes of verification, true and false alike. The key names everything the outcome depends on:
 * digest of the signed bytes, the key with what it pins, and signature. A simulator shares one among its terminals; a terminal has none.
 */
export interface VerificationCache {
  get(question: string): boolean | undefined;
  set(question: string, holds: boolean): void;
}

/** A cache of at most `max` outcomes. */
export function createVerificationCache(max: number): VerificationCache {
  return new BoundedMap<string, boolean>(max);
}
