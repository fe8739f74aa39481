import type { AreaId, Charter, PlatformId, Tier } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** A declared area of a charter. `codes` are 12-digit codes, old ones included. */
export interface Area {
  readonly id: AreaId;
  readonly parent: AreaId | null;
  readonly name: string;
  readonly codes: readonly string[];
  readonly platform: PlatformId;
  readonly tier: Tier;
}

/** A platform as its charter in force declares it, or the last one that was, where that fell. */
export interface PlatformRow {
  readonly id: PlatformId;
  readonly parent: PlatformId | null;
  readonly tier: Tier;
  readonly name: string;
}

/** Every token ends in exactly one of the three lists, as it was written. */
export interface ResolvedAreas {
  readonly ids: readonly AreaId[];
  readonly unknown: readonly string[];
  /** Declared, but outside the scope. */
  readonly foreign: readonly string[];
}

/** The declared areas and the tree of platforms that they come from. */
export abstract class Areas {
  /** Areas of the platforms in scope, parents first. */
  abstract tree(scope: Scope): Promise<readonly Area[]>;
  /** Reads area ids and any of their codes, aliases included; without doubles, in the order given. */
  abstract resolve(scope: Scope, tokens: readonly string[]): Promise<ResolvedAreas>;
  /** The area and all that lie below it by the signed parents. Empty when the area is unknown or out of scope. */
  abstract below(scope: Scope, area: AreaId): Promise<readonly AreaId[]>;
  /** The area and its parents up to the district's, in that order, whoever declared them. */
  abstract chain(scope: Scope, area: AreaId): Promise<readonly Area[]>;
  /** The platform itself and every one below it. */
  abstract platformsBelow(platform: PlatformId): Promise<readonly PlatformId[]>;
  /** Platforms in scope, the district first. */
  abstract platforms(scope: Scope): Promise<readonly PlatformRow[]>;
  /**
   * Makes the tables say what the charters in force declare, parents first, in the caller's transaction. A platform whose
   * charter fell keeps its place below its parent, without areas. For `authority`.
   */
  abstract declare(tx: Tx, charters: readonly Charter[]): Promise<void>;
}
