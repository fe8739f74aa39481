import type { Digest, DispatchId, KeyId, Mode, RefusalCode, StopId, Versions } from '#libs/contracts';
import type { Isolation, Joining, Restriction, SeqWindow, TakenBack, Tombstone } from '#libs/domain';
import type { VerifiedOrder } from './judge-order';
import type { TrustState } from './trust-state';
import type { TerminalAssignment } from './verify-assignment';

/**
 * What one dispatcher key may still use: facts 4b.5. The floor belongs to the key, so that rotating the key heals a
 * fast-forward. Plain JSON.
 */
export interface DispatcherFloor {
  readonly epoch: number;
  readonly window: SeqWindow;
}

/**
 * What became of one message on this terminal. `accepted` until its first repetition begins, `interrupted` when power
 * or process failed while it sounded and no repetition was left. Plain JSON, kept until `until` (notAfter + 24 h).
 */
export interface JournalEntry {
  readonly dispatchId: DispatchId;
  /** What it was: a drill neither ends nor is ended by what is meant. */
  readonly mode: Mode;
  /** The last repetition begun, from 1; 0 before the first. */
  readonly repetition: number;
  readonly state: 'accepted' | 'playing' | 'completed' | 'stopped' | 'interrupted';
  /** How many dispatches of this message were admitted. */
  readonly dispatches: number;
  /** Whether any sample of it came out here, or may have: whoever may have heard is told of a correction. */
  readonly sounded: boolean;
  /** The stop that ended it; null in every other state. */
  readonly stoppedBy: StopId | null;
  /** The stops that were taken back for it here: it went on after each of them. */
  readonly takenBack: readonly TakenBack[];
  /** When its first repetition was due under its last dispatch, Unix ms; 0 where an older version did not write it. */
  readonly startAt: number;
  /** The permit under which it was said: as many a day as that allows. Null for what others approved. */
  readonly permit: Digest | null;
  readonly until: number;
}

/** Everything admit decides from. The terminal reads its memory, its clock and its media store first; admit only thinks. */
export interface AdmitFacts {
  /** As it came from the wire: `{ dispatch, message, approvals }` if it is what it should be. */
  readonly order: unknown;
  /** Size of the order as received. */
  readonly bytes: number;
  /** Orders examined in this second before this one. */
  readonly examinedThisSecond: number;
  /** How long this order has been held for versions; 0 at first. */
  readonly heldForMs: number;
  /** Trusted time, Unix ms; null while it is not known. */
  readonly now: number | null;
  /** `at` of the newest beacon of the lineage; null when there never was one. */
  readonly beaconAt: number | null;
  readonly trust: TrustState;
  readonly assignment: TerminalAssignment | null;
  /** By dispatcher key id. */
  readonly floors: ReadonlyMap<string, DispatcherFloor>;
  /** `<platform> <dispatchId>` of each dispatch dealt with, and the bare id of what must not be met under any platform's name. */
  readonly seenDispatches: ReadonlySet<string>;
  readonly journal: ReadonlyMap<string, JournalEntry>;
  readonly stops: readonly Tombstone[];
  readonly isolations: readonly Isolation[];
  /** Those that have not ended, those that have not begun among them. */
  readonly restrictions: readonly Restriction[];
  /** Whether the media store has these bytes, checked against the digest; 'bad' when what it has is something else. */
  readonly mediaHeld: (sha256: Digest) => boolean | 'bad';
}

/** To be made durable (fsync) before the first sample: facts 4b.4 step 14. */
export interface AdmitWrites {
  readonly dispatcherKeyId: KeyId;
  readonly floor: DispatcherFloor;
  readonly dispatchId: DispatchId;
  readonly messageDigest: Digest;
  readonly journal: JournalEntry;
}

/** What a security event says about an order that was not played. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly at: string | null;
  /** SHA-256 of the dispatch's payload bytes; null when there were none to hash. */
  readonly subject: Digest | null;
  readonly payloadType: string | null;
  /** Key ids that the dispatch's envelope claims. */
  readonly keyIds: readonly KeyId[];
}

/** An item that goes on after a wrongful stop, `resumingOf` of libs/domain. */
export interface ResumedAt {
  readonly stopId: StopId;
  /** When the stop that cut it off was given, the first of those taken back now. Unix ms. */
  readonly stopIssuedAt: number;
  /** The old timetable, moved: when its first repetition would have begun. Unix ms. */
  readonly timetableStartAt: number;
}

/** An item that quiet hours put off: this repetition begins at their end, the ones after it by the timetable. Unix ms. */
export interface Postponed {
  readonly repetition: number;
  readonly startAt: number;
}

/** How and when an item begins here. */
export interface Entering {
  /** With the others at a repetition, or once alone. */
  readonly how: Exclude<Joining['kind'], 'expired'>;
  readonly joinRepetition: number;
  /** When that repetition, or the rest of it, begins. */
  readonly startAt: number;
  /** Where in that repetition the sound begins, ms; 0 but for a resumption. */
  readonly fromMs: number;
  readonly resumes: ResumedAt | null;
  readonly postponed: Postponed | null;
}

export type AdmitDecision =
  | (Entering & {
      readonly kind: 'play';
      readonly order: VerifiedOrder;
      /** False for a front-end drill: everything but the amplifier. */
      readonly aloud: boolean;
      readonly writes: AdmitWrites;
    })
  /** Genuine so far, and it names documents that are not here yet: pull them, ask again, at most 10 s in all. */
  | { readonly kind: 'hold'; readonly dispatchId: DispatchId; readonly lacking: Versions }
  /** Admitted in everything but its sound: fetch, ask again. Nothing has been written. */
  | { readonly kind: 'wait-media'; readonly order: VerifiedOrder; readonly missing: readonly Digest[] }
  /** Genuine and meant for this terminal, but its window has passed: report EXPIRED. */
  | ({ readonly kind: 'expired'; readonly order: VerifiedOrder } & Refusal)
  /** A correction of what never sounded here, or a resumption of it: report NOT_HEARD. No incident. */
  | { readonly kind: 'not-heard'; readonly order: VerifiedOrder }
  /** It would begin in quiet hours, and its window has no room after them: report QUIET_HOURS. No incident. */
  | { readonly kind: 'quiet'; readonly order: VerifiedOrder }
  /** From a tier that is shut out here for now: report ISOLATED. No incident. */
  | ({ readonly kind: 'isolated'; readonly order: VerifiedOrder } & Refusal)
  /** A restriction keeps it silent when it would begin, or asks for more approvals: report RESTRICTED. No incident. */
  | ({ readonly kind: 'restricted'; readonly order: VerifiedOrder } & Refusal)
  | ({ readonly kind: 'refuse' } & Refusal);
