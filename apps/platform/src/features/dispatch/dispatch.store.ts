import type { Consent, Digest, Dispatch, DispatchId, MessageId, PlatformId, Stop, TerminalId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

export interface DispatchRecord {
  readonly id: DispatchId;
  readonly message: MessageId;
  readonly platform: PlatformId;
  readonly startAt: number;
  readonly notAfter: number;
  readonly issuedAt: number;
}

export interface NewDispatch {
  readonly message: MessageId;
  readonly dispatch: Dispatch;
  readonly payloadDigest: Digest;
  readonly orderText: string;
}

export interface NewDelivery {
  readonly terminal: TerminalId;
  readonly platform: PlatformId;
  readonly online: boolean;
}

/** How a delivery of a message to one terminal stands, for dispatching it once more. */
export interface DeliveryHistory {
  readonly terminal: TerminalId;
  readonly dispatches: number;
  /** Of the newest one. */
  readonly state: string;
  readonly reason: string | null;
}

export interface StopRecord {
  readonly stop: Stop;
  readonly envelope: Envelope;
}

/** A stopper's word and what was dispatched by it. */
export interface ConsentRecord {
  readonly digest: Digest;
  readonly message: MessageId;
  readonly consent: Consent;
  readonly envelope: Envelope;
  readonly dispatch: DispatchId;
}

export interface DispatchStore {
  /** The next number of this platform's dispatcher, above those of every epoch and no lower than `least`; taken only if the transaction commits. */
  nextSeq(scope: Scope, tx: Tx, platform: PlatformId, epoch: number, least: number): Promise<number>;
  /** The dispatch and its queued deliveries, in two statements whatever their number. */
  insert(scope: Scope, tx: Tx, dispatch: NewDispatch, deliveries: readonly NewDelivery[]): Promise<void>;
  /** Of these payload digests those of dispatches that this server placed. */
  placed(scope: Scope, digests: readonly string[]): Promise<ReadonlySet<string>>;
  history(scope: Scope, tx: Tx, message: MessageId): Promise<readonly DeliveryHistory[]>;
  /** Terminals where this message sounded or may have: all that it was dispatched to but those proved silent by their own word. */
  mayHaveHeard(scope: Scope, message: MessageId, tx?: Tx): Promise<readonly TerminalId[]>;
  /** Terminals where the newest dispatch of this message was ended, or kept out, by a stop. */
  cutOff(scope: Scope, message: MessageId, tx?: Tx): Promise<readonly TerminalId[]>;
  /** Stops that terminals must still be told of, as they were signed, and when they came (Unix ms). */
  stops(scope: Scope, now: number, tx?: Tx): Promise<readonly { readonly envelope: Envelope; readonly recordedAt: number }[]>;
  insertConsent(scope: Scope, tx: Tx, record: ConsentRecord, at: number): Promise<void>;
  /** The consents given for a message; one whose row was edited has only its digest. */
  consents(scope: Scope, message: MessageId, tx?: Tx): Promise<readonly { readonly digest: Digest; readonly consent: Consent | undefined }[]>;
  dispatchesOf(scope: Scope, messages: readonly MessageId[]): Promise<readonly DispatchRecord[]>;
  /** Closes what is still open of a taken-back message: failed, WITHDRAWN. */
  closeWithdrawn(scope: Scope, tx: Tx, message: MessageId): Promise<void>;
  /** False when this stop is recorded already. */
  insertStop(scope: Scope, tx: Tx, record: StopRecord, at: number): Promise<boolean>;
}
export const DISPATCH_STORE = Symbol('DISPATCH_STORE');
