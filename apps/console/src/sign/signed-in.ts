import type { Session } from '#libs/contracts';
import type { Clock } from '../clock';
import type { Api } from './api';
import type { HeldKey, KeyRing } from './keys';

/** What every page behind the sign-in is given. */
export interface SignedIn {
  readonly session: Session;
  /** Asks the platform as this person. */
  readonly api: Api;
  /** Null where the browser keeps no keys (see `deviceAbilities`). */
  readonly ring: KeyRing | null;
  readonly keys: readonly HeldKey[];
  /** After a key was made or removed. */
  readonly keysChanged: () => void;
  readonly clock: Clock;
  /** Another session stands in the place of this one, which has ended. */
  readonly onSession: (session: Session) => void;
}
