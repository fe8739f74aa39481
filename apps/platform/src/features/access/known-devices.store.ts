import type { Tx } from '../../kernel/database';

/** Tokens of known devices, by their SHA-256 (hex). Those of another account, and those that are over, are none. */
export interface KnownDevicesStore {
  /** Counts one more failure of the device; false, and nothing is counted, when it is none or has `most` failures in the hour since the first. */
  take(account: string, hash: string, now: number, most: number): Promise<boolean>;
  /** The attempt counted last turned out right. */
  forgive(tx: Tx, account: string, hash: string): Promise<void>;
  /** Known until `expiresAt` from now on; false when it is none, or an officer's code, which goes. */
  keep(tx: Tx, account: string, hash: string, now: number, expiresAt: number): Promise<boolean>;
  /** Beside `most - 1` others at most: those that never came back go first, the longest unused next. */
  add(tx: Tx, account: string, device: { readonly hash: string; readonly now: number; readonly expiresAt: number; readonly once: boolean }, most: number): Promise<void>;
  sweep(now: number): Promise<void>;
}
