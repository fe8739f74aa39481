import type { MediaHoldings, MediaView, SegmentRole, SoundView } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** What a stored file is, whoever holds it. */
export interface StoredMedia {
  readonly sha256: string;
  readonly bytes: number;
  readonly durationMs: number;
  readonly integratedCentiLufs: number;
  readonly truePeakCentiDbtp: number;
  readonly originalSha256: string | null;
  readonly originalBytes: number;
}

/** Who brought a recording, and as what. */
export interface Holder {
  readonly platform: string;
  readonly person: string;
  readonly role: SegmentRole;
  readonly name: string;
  readonly at: number;
}

/** A digest that a message may name, with what the signed body must say of it. */
export interface UsableMedia {
  readonly sha256: string;
  readonly bytes: number;
  readonly durationMs: number;
}

/** A recording whose row is gone: its file may go, and its original where no other has the same. */
export interface RemovedMedia {
  readonly sha256: string;
  readonly originalSha256: string | null;
}

export interface MediaStore {
  /** Keeps a recording for a platform; the same bytes again change nothing but their name. */
  keep(scope: Scope, tx: Tx, media: StoredMedia, holder: Holder): Promise<MediaView>;
  /** Keeps a sound that every terminal has. */
  keepSound(tx: Tx, sound: SoundView, at: number): Promise<void>;
  sounds(): Promise<readonly SoundView[]>;
  /** Those of the digests that are sounds, or are held by a platform in the scope. */
  usable(scope: Scope, sha256s: readonly string[]): Promise<readonly UsableMedia[]>;
  /** From now on these are named by `subject` of this platform, and stay. */
  refer(scope: Scope, tx: Tx, platform: string, subject: string, sha256s: readonly string[]): Promise<void>;
  /** What a platform holds, with originals. */
  usedBytes(scope: Scope, platform: string): Promise<number>;
  holdings(scope: Scope, platform: string, count: number): Promise<MediaHoldings['recordings']>;
  /** Gives up a platform's hold. `named`: something of the platform names it; `unknown`: it holds no such recording. */
  release(scope: Scope, tx: Tx, platform: string, sha256: string): Promise<'released' | 'named' | 'unknown'>;
  /** Takes out recordings that nothing names and nobody has brought since, at most `most`. Whoever brings one of them meanwhile waits for the end of `tx`. */
  takeUnnamed(tx: Tx, before: number, most: number): Promise<readonly RemovedMedia[]>;
}
export const MEDIA_STORE = Symbol('MEDIA_STORE');
