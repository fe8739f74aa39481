import type { MediaView, SegmentRole, SoundView } from '#libs/contracts';
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

export interface MediaStore {
  /** Keeps a recording for a platform; the same bytes again change nothing but their name. */
  keep(scope: Scope, tx: Tx, media: StoredMedia, holder: Holder): Promise<MediaView>;
  /** Keeps a sound that every terminal has. */
  keepSound(tx: Tx, sound: SoundView, at: number): Promise<void>;
  sounds(): Promise<readonly SoundView[]>;
  /** Those of the digests that are sounds, or are held by a platform in the scope. */
  usable(scope: Scope, sha256s: readonly string[]): Promise<readonly UsableMedia[]>;
}
export const MEDIA_STORE = Symbol('MEDIA_STORE');
