import type { DeliveryState, Digest, DispatchId, MessageId, PlatformId, Tally, TerminalId } from '#libs/contracts';
import type { DeliveryFacts } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { OnTheAir } from '../messages';

/** One delivery with what decides about it. */
export interface DeliveryRecord extends DeliveryFacts {
  readonly dispatchId: DispatchId;
  readonly terminal: TerminalId;
  readonly message: MessageId;
  readonly platform: PlatformId;
  readonly repeats: number;
  readonly pushes: number;
  /** Whether its message is a living voice. */
  readonly isLive: boolean;
}

/** One delivery as people see it. */
export interface DeliveryRow extends DeliveryRecord {
  readonly onlineAtDispatch: boolean;
  readonly sentAt: number | null;
  readonly receivedAt: number | null;
  /** Whether its dispatch let a stopped message go on. */
  readonly resumed: boolean;
  /** Whether a later dispatch of the message to this terminal took its place. */
  readonly superseded: boolean;
}

export interface DispatchInForce {
  readonly dispatchId: DispatchId;
  readonly message: MessageId;
  readonly platform: PlatformId;
  readonly orderText: string;
  readonly startAt: number;
  readonly notAfter: number;
  readonly maxDurationMs: number;
}

/** Something a device signed, verified. */
export interface DeviceRecord {
  readonly terminal: TerminalId;
  readonly counter: number;
  readonly platform: PlatformId;
  readonly word: 'receipt' | 'event';
  readonly payloadDigest: Digest;
  readonly dispatchId: DispatchId | null;
  readonly messageDigest: Digest | null;
  readonly at: number;
  readonly envelope: Envelope;
}

/** What of a batch of records was new, what was there, and what contradicts what was there. */
export interface KeptRecords {
  readonly fresh: ReadonlySet<string>;
  /** Another payload under a counter that was used: `terminal counter`. */
  readonly conflicting: ReadonlySet<string>;
}

export interface CounterState {
  readonly terminal: TerminalId;
  readonly acked: number;
  readonly highest: number;
}

/** What one terminal should hold: the ids, and of the orders those it may still have to play. */
export interface ShouldHold {
  readonly dispatches: readonly DispatchId[];
  readonly open: readonly DispatchId[];
}

export interface StoredReceipt {
  readonly terminal: TerminalId;
  readonly counter: number;
  readonly receivedAt: number;
  readonly envelope: Envelope;
}

export interface StopInForce {
  readonly stopId: string;
  readonly platform: PlatformId;
  readonly area: string;
  readonly envelope: Envelope;
}

export interface DeliveryStore {
  dispatchInForce(scope: Scope, id: DispatchId): Promise<DispatchInForce | undefined>;
  dispatchesInForce(scope: Scope, ids: readonly DispatchId[]): Promise<readonly DispatchInForce[]>;
  /** Terminals whose delivery of this dispatch waits for its first push. */
  queued(scope: Scope, dispatch: DispatchId): Promise<readonly TerminalId[]>;
  /** A frame was written to these: `queued` becomes `sent`, whatever came meanwhile stays. */
  markPushed(scope: Scope, dispatch: DispatchId, terminals: readonly TerminalId[], at: number): Promise<void>;
  /** Sent, not acknowledged, last pushed before `before`, pushed fewer than `mostPushes` times, window open at `now`. */
  unanswered(scope: Scope, facts: { readonly now: number; readonly before: number; readonly mostPushes: number }): Promise<readonly { readonly dispatchId: DispatchId; readonly terminal: TerminalId }[]>;
  /** Open deliveries that may be overdue at `now`, locked. */
  overdue(scope: Scope, tx: Tx, now: number, graceMs: number): Promise<readonly DeliveryRecord[]>;
  lockDeliveries(scope: Scope, tx: Tx, pairs: readonly { readonly dispatchId: DispatchId; readonly terminal: TerminalId }[]): Promise<readonly DeliveryRecord[]>;
  /** Deliveries at these terminals of the dispatch with this payload digest, locked. */
  lockByPayload(scope: Scope, tx: Tx, pairs: readonly { readonly payloadDigest: string; readonly terminal: TerminalId }[]): Promise<readonly (DeliveryRecord & { readonly payloadDigest: string })[]>;
  update(scope: Scope, tx: Tx, deliveries: readonly DeliveryRecord[], receivedAt: number | null): Promise<void>;
  /**
   * Closes as STOPPED what cannot be sounding for all that is known: never pushed, or not audible yet at a terminal
   * that is not online. Answers how many.
   */
  closeStopped(scope: Scope, tx: Tx, facts: { readonly messages: readonly MessageId[]; readonly terminals: readonly TerminalId[]; readonly online: readonly TerminalId[] }): Promise<number>;
  /** Those of the messages that still have an open delivery, at a terminal that is not among `except`. */
  withOpenDeliveries(scope: Scope, tx: Tx, messages: readonly MessageId[], except?: readonly TerminalId[]): Promise<ReadonlySet<MessageId>>;
  /** Locks the counters of these terminals, and makes them. */
  lockCounters(scope: Scope, tx: Tx, terminals: readonly TerminalId[]): Promise<void>;
  keepRecords(scope: Scope, tx: Tx, records: readonly DeviceRecord[], receivedAt: number): Promise<KeptRecords>;
  /** Moves each terminal's complete counter forward as far as its records go. */
  advanceCounters(scope: Scope, tx: Tx, terminals: readonly TerminalId[]): Promise<readonly CounterState[]>;
  /**
   * Moves the complete counter of each terminal over a gap, up to its next record, where it has nothing `through` there
   * any more. Answers the terminals whose records are lost.
   */
  passGaps(scope: Scope, gone: readonly { readonly terminal: TerminalId; readonly through: number }[]): Promise<readonly TerminalId[]>;
  counters(scope: Scope, terminals: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, CounterState>>;
  /** What is still to be played there, and what the terminal itself said it took: nothing that was closed before it saw it. */
  shouldHold(scope: Scope, terminals: readonly TerminalId[], now: number): Promise<ReadonlyMap<TerminalId, ShouldHold>>;
  stopsInForce(scope: Scope, now: number): Promise<readonly StopInForce[]>;
  knownStops(scope: Scope, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Within `tx` when given: what it changed counts. */
  tallies(scope: Scope, messages: readonly MessageId[], tx?: Tx): Promise<ReadonlyMap<MessageId, Tally>>;
  /** Of these messages the newest dispatch that is open anywhere, with the terminals where it is. */
  openDispatches(scope: Scope, messages: readonly MessageId[]): Promise<ReadonlyMap<MessageId, OnTheAir>>;
  list(scope: Scope, message: MessageId): Promise<readonly DeliveryRow[]>;
  /** The newest `count`, oldest first. */
  receipts(scope: Scope, filter: { readonly messageDigest: string | null; readonly terminal: string | null; readonly count: number }): Promise<readonly StoredReceipt[]>;
  /** Deliveries that sound at `now` as far as receipts say, for the picture of what is on air. */
  sounding(scope: Scope): Promise<readonly { readonly terminal: TerminalId; readonly message: MessageId; readonly state: DeliveryState }[]>;
}
export const DELIVERY_STORE = Symbol('DELIVERY_STORE');
