import type { KeyObject } from 'node:crypto';
import type { RelyingParty } from '#libs/contracts';

/** Why the bytes of a public key were refused. */
export type PointRefusal = 'key-spki-shape' | 'key-point-not-canonical' | 'key-point-small-order' | 'key-point-off-curve';

/** An imported public key that passed `checkSpki`. */
export type PreparedKey = { verify(bytes: Uint8Array, sig: Uint8Array): boolean };

/**
 * One signature algorithm. The algorithm belongs to the key record, never to the message (RFC 8725 3.1).
 * A new suite is one file with this shape, an entry in `suites.ts` and known answers.
 */
interface AnySuite<Alg extends string> {
  readonly alg: Alg;
  /** Accepts exactly one encoding of each usable key; returns the reason for any other bytes. */
  checkSpki(spki: Uint8Array): PointRefusal | undefined;
  /** Fixed public vectors; `valid` is the expected answer. */
  readonly knownAnswers: readonly KnownAnswer[];
}

/** A suite whose private keys a program can hold. */
export interface SoftwareSuite<Alg extends string = string> extends AnySuite<Alg> {
  readonly pinsRp: false;
  /** Imports checked SPKI once, for many verifications. */
  prepare(spki: Uint8Array): PreparedKey;
  sign(bytes: Uint8Array, privateKey: KeyObject): Promise<Uint8Array>;
  /** What a device signs that takes a digest alone; undefined where the algorithm takes no digest. `spki` is base64. */
  readonly digest: ((spki: string, bytes: Uint8Array) => Uint8Array) | undefined;
  /** Makes a fresh private key from the system's randomness. */
  generate(): Promise<KeyObject>;
  /** Whether a private key is of this algorithm and its exact parameters. */
  owns(privateKey: KeyObject): boolean;
}

/** A suite whose private keys stay in an authenticator; its keys are good for one relying party only. */
export interface PasskeySuite<Alg extends string = string> extends AnySuite<Alg> {
  readonly pinsRp: true;
  prepare(spki: Uint8Array, rp: RelyingParty): PreparedKey;
}

export type Suite<Alg extends string = string> = SoftwareSuite<Alg> | PasskeySuite<Alg>;

/** The one way to a prepared key: a passkey with its relying party, any other key without one; undefined otherwise. */
export function importKey(suite: Suite, spki: Uint8Array, rp: RelyingParty | undefined): PreparedKey | undefined {
  if (suite.pinsRp) return rp === undefined ? undefined : suite.prepare(spki, rp);
  return rp === undefined ? suite.prepare(spki) : undefined;
}

export type KnownAnswer = {
  readonly source: string;
  readonly spki: Uint8Array;
  readonly rp?: RelyingParty;
  readonly bytes: Uint8Array;
  readonly sig: Uint8Array;
  readonly valid: boolean;
};
