import type { LexiconEntry, PersonId, PlatformId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { StoredMedia } from './media.store';

/** A sound that was made of a text: which one, and by whom it is spoken. */
export interface SpokenMedia {
  readonly media: StoredMedia;
  readonly engine: string;
  readonly voice: string;
}

export interface SpeechStore {
  /** What was made for this key before, for whichever platform: the sound holds nothing but the text that the caller has. */
  made(scope: Scope, key: string): Promise<SpokenMedia | undefined>;
  remember(scope: Scope, tx: Tx, key: string, spoken: SpokenMedia, at: number): Promise<void>;
  /** The words of these platforms in the order given, so that a later one may overrule an earlier one. */
  lexicon(scope: Scope, platforms: readonly PlatformId[]): Promise<readonly LexiconEntry[]>;
  /** Puts these entries in the place of all that the platform had. */
  writeLexicon(scope: Scope, tx: Tx, platform: PlatformId, entries: readonly LexiconEntry[], by: { readonly person: PersonId; readonly at: number }): Promise<void>;
}
export const SPEECH_STORE = Symbol('SPEECH_STORE');
