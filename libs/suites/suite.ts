import type { KeyObject } from 'node:crypto';

/** Why the bytes of a public key were refused. */
export type PointRefusal = 'key-spki-shape' | 'key-point-not-canonical' | 'key-point-small-order' | 'key-point-off-curve';

/** An imported public key that passed `checkSpki`. */
export type PreparedKey = { verify(bytes: Uint8Array, sig: Uint8Array): boolean };

/**
 * One signature algorithm. The algorithm belongs to the key record, never to the message (RFC 8725 3.1).
 * A new suite is one file with this shape, an entry in `suites.ts` and known answers.
 */
export interface Suite<Alg extends string = string> {
  readonly alg: Alg;
  /** Length of every valid signature in bytes. */
  readonly signatureBytes: number;
  /** Accepts exactly one encoding of each usable key; returns the reason for any other bytes. */
  checkSpki(spki: Uint8Array): PointRefusal | undefined;
  /** Imports checked SPKI once, for many verifications. */
  prepare(spki: Uint8Array): PreparedKey;
  sign(bytes: Uint8Array, privateKey: KeyObject): Promise<Uint8Array>;
  /** Makes a fresh private key from the system's randomness. */
  generate(): Promise<KeyObject>;
  /** Whether a private key is of this algorithm and its exact parameters. */
  owns(privateKey: KeyObject): boolean;
  /** Fixed public vectors; `valid` is the expected answer. */
  readonly knownAnswers: readonly KnownAnswer[];
}

export type KnownAnswer = {
  readonly source: string;
  readonly spki: Uint8Array;
  readonly bytes: Uint8Array;
  readonly sig: Uint8Array;
  readonly valid: boolean;
};
