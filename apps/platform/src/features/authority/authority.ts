import type { Bootstrap, Charter, Digest, HeadRef, PlatformId, Roster, TerminalId, Versions } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import type { HeldDocument, TrustState } from '#libs/trust';
import type { Tx } from '../../kernel/database';

/** The last charter and roster of each platform of which that word fell and nothing newer stands: whoever drafts the next begins there. They count for nothing. */
export interface FallenPapers {
  readonly charters: ReadonlyMap<PlatformId, HeldDocument<Charter>>;
  readonly rosters: ReadonlyMap<PlatformId, HeldDocument<Roster>>;
}

/** The verified documents in force, in memory. */
export abstract class Trust {
  /** The state now; a new object after each accepted document. Throws NOT_BOOTSTRAPPED before the first root. */
  abstract state(): TrustState;
  /** False before the first root. */
  abstract isReady(): boolean;
  /** What was in force and fell. */
  abstract fallen(): FallenPapers;
  /** Platforms that have a charter, the district first. */
  abstract platforms(): readonly PlatformId[];
  /** Called with each new state, after the change was committed. */
  abstract onChange(listener: (state: TrustState) => Promise<void> | void): void;
}

/** Keys that this server holds for its platforms (`CLARION_KEYS`), never in the database. */
export abstract class ServerKeys {
  /** Signs dispatches, stops and beacons. Throws SERVER_KEY_MISSING when this server does not hold the key. */
  abstract dispatcherOf(platform: PlatformId): Signer;
}

/** What a terminal asked at boot; null fields outside the boot. */
export interface BeaconQuestion {
  readonly terminal: TerminalId;
  readonly nonce: string | null;
  /** Highest counter of this terminal that the platform has seen. */
  readonly counter: number | null;
}

export abstract class Beacons {
  /**
   * A fresh beacon of the platform: time, versions, epoch, last head. `shared` carries no terminal and is signed once
   * a second for everybody; with a question it is made for one terminal.
   */
  abstract signBeacon(platform: PlatformId, question: BeaconQuestion | 'shared'): Promise<Envelope>;
  /** A fresh one that lets the living voices of these grants go on for `LIMITS.leaseMs`. */
  abstract signLeases(platform: PlatformId, grants: readonly Digest[]): Promise<Envelope>;
  /** Epoch of the platform's dispatcher: higher after every new or restored database. Dispatches carry the same. Read within `tx` when given. */
  abstract epochOf(platform: PlatformId, tx?: Tx): Promise<number>;
}

/** Whether the database is the one that this server knew, and not an older copy that somebody put back (threats T78). */
export abstract class History {
  /** Refuses DATABASE_DOUBTFUL: nothing may be dispatched out of a database that has forgotten. */
  abstract requireWhole(tx: Tx): Promise<void>;
  /** What a terminal says it was shown: versions of documents and the newest head of a log. From memory; it counts once a quarter of those heard lately say the same, two at least. */
  abstract witness(terminal: TerminalId, versions: Versions | null, head: HeadRef | null): void;
}

/** Later features register here what they import from `bootstrap.json`; all in one transaction, in feature order. */
export abstract class BootstrapSteps {
  abstract add(step: (tx: Tx, bootstrap: Bootstrap) => Promise<void>): void;
}

/** Outbox topic: documents that terminals should hear of at once. Delivery pushes each as a `document` frame. */
export const DOCUMENT_PUSH = 'document-push';
/** `terminals` null: every terminal of the lineage below `platform`. */
export interface DocumentPush {
  readonly platform: PlatformId;
  readonly terminals: readonly TerminalId[] | null;
  readonly documents: readonly Envelope[];
}
