import type { SoundView } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { UsableMedia } from './media.store';

/** The door to recordings for the features that follow. */
export abstract class Media {
  /** Those of the digests that are stock sounds, or are held by a platform in the scope. */
  abstract usable(scope: Scope, sha256s: readonly string[]): Promise<readonly UsableMedia[]>;
  /** From now on `subject` of this platform, a message's id, names these: they are not thrown away. */
  abstract refer(scope: Scope, tx: Tx, platform: string, subject: string, sha256s: readonly string[]): Promise<void>;
  /** What every terminal should fetch before it is needed: siren, chimes, stock phrases. From memory. */
  abstract stock(): readonly { readonly sha256: string; readonly bytes: number }[];
  /** One of them by its name; undefined while it is not made. From memory. */
  abstract sound(id: string): SoundView | undefined;
}
