import type { Places } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** Natural villages and public places of the declared areas. */
export abstract class PlaceBook {
  /** Those that stand in an area of the platforms in scope, in the order of the tables that they came from. */
  abstract read(scope: Scope): Promise<Places>;
  /** Puts the places of a bootstrap file into an empty book. */
  abstract add(scope: Scope, tx: Tx, places: Places): Promise<void>;
}
