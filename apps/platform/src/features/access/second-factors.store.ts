import type { EnrolledKey, KeyView } from '#libs/contracts';
import type { Tx } from '../../kernel/database';

export interface TotpRow {
  readonly sealed: string;
  readonly confirmedAt: number | null;
  readonly lastStep: number;
  /** A replacement that no code came back of yet. */
  readonly nextSealed: string | null;
}

export interface AccountKeyRow {
  readonly key: EnrolledKey;
  readonly counter: number;
}

/** What an account signs in with besides its password. Everything that counts once is used up in the caller's transaction. */
export interface SecondFactorsStore {
  totp(account: string): Promise<TotpRow | undefined>;
  /** The hash of an unused recovery code. */
  recoveryHash(account: string, number: number): Promise<string | undefined>;
  recoveryCodesLeft(account: string): Promise<number>;
  /** A key that is enrolled and not over. */
  key(account: string, keyId: string, now: number): Promise<AccountKeyRow | undefined>;
  keys(account: string, now: number): Promise<readonly KeyView[]>;
  /** Whether there ever was anything besides the password that nobody took away: a phone that is over does not open the way to a first one. */
  isEnrolled(account: string): Promise<boolean>;
  /** False when the step, or a later one, was used before. */
  useStep(tx: Tx, account: string, step: number): Promise<boolean>;
  /** False when the code was used before. */
  useRecoveryCode(tx: Tx, account: string, number: number, now: number): Promise<boolean>;
  /** False when it was answered before. */
  useChallenge(tx: Tx, challenge: string, expiresAt: number): Promise<boolean>;
  /** False when the key's own counter did not rise (and is not always 0): there is a copy of it. */
  useKey(tx: Tx, account: string, keyId: string, counter: number, now: number): Promise<boolean>;
  /** Begins a secret, beside the one in use if there is one. */
  offerTotp(tx: Tx, account: string, sealed: string, now: number): Promise<void>;
  /** The offered secret counts from now on, its first step used up; the old recovery codes are replaced. */
  confirmTotp(tx: Tx, account: string, sealed: string, step: number, recoveryHashes: readonly string[], now: number): Promise<boolean>;
  addKey(tx: Tx, account: string, key: EnrolledKey, name: string, now: number, expiresAt: number): Promise<boolean>;
  removeKey(tx: Tx, account: string, keyId: string): Promise<boolean>;
  /** Forgets everything; says what there was. */
  forget(tx: Tx, account: string): Promise<{ readonly keys: number; readonly totp: boolean }>;
  sweep(now: number): Promise<void>;
}
