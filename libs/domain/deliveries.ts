import type { DeliveryState, FailureReason, Receipt, RefusalCode, VoiceTaken } from '#libs/contracts';

/** What is known of one delivery: one dispatch at one terminal. Times are Unix ms. */
export interface DeliveryFacts {
  readonly state: DeliveryState;
  readonly reason: FailureReason | null;
  readonly refusal: RefusalCode | null;
  /** The repetition that the state speaks of; 0 before the first. */
  readonly repetition: number;
  /** Counter of the receipt that set the state; null while only the platform has spoken. */
  readonly counter: number | null;
  readonly ackedAt: number | null;
  readonly audibleAt: number | null;
  readonly doneAt: number | null;
  /** Of a living voice, what its terminal took of it; null before its end. */
  readonly voice: VoiceTaken | null;
}

export type ReceiptFacts = Pick<Receipt, 'counter' | 'at' | 'repetition' | 'state' | 'reason' | 'startedAt' | 'endedAt' | 'live'>;

/** Failures of one repetition after which the next one may still sound. */
const ONE_REPETITION: ReadonlySet<FailureReason> = new Set(['INTERRUPTED', 'SILENT', 'PREEMPTED', 'BUSY_LOCAL', 'AMP_FAULT', 'FETCH_FAIL', 'QUIET_HOURS']);
/** Of these a repetition still has its sound, or the rest of it, to come, even the last one. */
const LATER: ReadonlySet<FailureReason> = new Set(['PREEMPTED', 'QUIET_HOURS']);

export function isFinal(state: DeliveryState): boolean {
  return state === 'done' || state === 'failed';
}

/**
 * Whether a receipt contradicts what its message is: a living voice is told of at its end, and only there, nothing else ever.
 * One that failed before it began need not.
 */
export function contradictsBody({ state, live }: Pick<Receipt, 'state' | 'live'>, isLive: boolean): boolean {
  if (live === undefined) return isLive && state === 'done';
  return !isLive || (state !== 'done' && state !== 'failed');
}

/**
 * What a delivery becomes by one receipt of its terminal. A receipt seen before changes nothing; one that arrives late
 * (a lower counter than the state's) only fills in times. Proof of sound outweighs what the platform closed for want of
 * proof; an acknowledgement alone does not reopen it; nothing follows `done`.
 */
export function afterReceipt(delivery: DeliveryFacts, receipt: ReceiptFacts, repeats: number): DeliveryFacts {
  const timed = withTimes(delivery, receipt, repeats);
  if (delivery.counter !== null && receipt.counter <= delivery.counter) return timed;
  if (delivery.state === 'done') return timed;
  const next = { ...timed, counter: receipt.counter, refusal: null };
  const isLast = receipt.repetition === 0 || receipt.repetition >= repeats;
  switch (receipt.state) {
    case 'acked':
      return delivery.state === 'queued' || delivery.state === 'sent' ? { ...next, state: 'acked' } : timed;
    case 'audible':
      return { ...next, state: 'audible', repetition: receipt.repetition, reason: null };
    case 'done':
      return { ...next, state: isLast ? 'done' : 'audible', repetition: receipt.repetition, reason: null, voice: voiceOf(receipt) };
    case 'failed': {
      // The terminal knows only that it was stopped; that the message was taken back, the platform knows.
      const reason = delivery.reason === 'WITHDRAWN' && receipt.reason === 'STOPPED' ? 'WITHDRAWN' : (receipt.reason ?? 'INTERRUPTED');
      // What was cut off or put off in its last repetition still has it to say; that nothing follows is told as repetition 0.
      const goesOn = (!isLast || (LATER.has(reason) && receipt.repetition > 0)) && ONE_REPETITION.has(reason) && delivery.state !== 'failed';
      return { ...next, state: goesOn ? delivery.state : 'failed', repetition: Math.max(receipt.repetition, delivery.repetition), reason, voice: voiceOf(receipt) };
    }
  }
}

function voiceOf({ live }: ReceiptFacts): VoiceTaken | null {
  return live === undefined ? null : { blocks: live.blocks, late: live.late, lost: live.lost };
}

function withTimes(delivery: DeliveryFacts, receipt: ReceiptFacts, repeats: number): DeliveryFacts {
  const startedAt = receipt.startedAt ?? (receipt.state === 'audible' ? receipt.at : null);
  const endedAt = receipt.state === 'done' && (receipt.repetition === 0 || receipt.repetition >= repeats) ? (receipt.endedAt ?? receipt.at) : null;
  return {
    ...delivery,
    ackedAt: receipt.state === 'acked' ? earliest(delivery.ackedAt, receipt.at) : delivery.ackedAt,
    audibleAt: startedAt === null || receipt.state === 'acked' ? delivery.audibleAt : earliest(delivery.audibleAt, startedAt),
    doneAt: endedAt === null ? delivery.doneAt : earliest(delivery.doneAt, endedAt),
  };
}

function earliest(known: number | null, other: number): number {
  return known === null ? other : Math.min(known, other);
}

/** Refusals that only say that the terminal has this order already. */
const HAS_IT_ALREADY: ReadonlySet<RefusalCode> = new Set(['REJ_ID_SEEN', 'REJ_COMPLETED']);

/** Refusals that pass when time, documents, a place or a stop has come: the next exchange brings the order again. */
const MAY_PASS: ReadonlySet<RefusalCode> = new Set([
  'REJ_RATE', 'REJ_KEY_UNKNOWN', 'REJ_VERSIONS', 'REJ_LINEAGE', 'REJ_NOT_YET', 'REJ_TIME_UNKNOWN', 'REJ_TIME_STALE', 'REJ_RESUME', 'REJ_NOT_TARGETED',
]);

/**
 * What a delivery becomes when its terminal reports, signed, that it refused the dispatch. One that may pass leaves it
 * open, with the code to be seen, until its window is over. A used number says that it has this order only where it
 * acknowledged it before (then the state is past `sent`); else another dispatch had that number.
 */
export function afterRefusal(delivery: DeliveryFacts, code: RefusalCode): DeliveryFacts {
  if (HAS_IT_ALREADY.has(code) || (delivery.state !== 'queued' && delivery.state !== 'sent')) return delivery;
  if (MAY_PASS.has(code)) return { ...delivery, refusal: code };
  return { ...delivery, state: 'failed', reason: code === 'REJ_STOPPED' ? 'STOPPED' : code === 'REJ_EXPIRED' ? 'EXPIRED' : 'SIG_REJECT', refusal: code };
}

/**
 * What a terminal took is closed when its last sound must be over (window and longest duration) and this long after,
 * so that its receipts could have come; what it never took, at the end of the window. Milliseconds.
 */
export const RECEIPT_GRACE_MS = 60_000;

/** Pushes without an acknowledgement after which an online terminal counts as not answering. */
export const MAX_PUSHES = 3;

/** Why an overdue delivery failed. */
export function overdueReason(delivery: Pick<DeliveryFacts, 'state' | 'reason' | 'refusal'>, facts: { readonly online: boolean; readonly pushes: number }): FailureReason {
  if (delivery.reason !== null) return delivery.reason;
  if (delivery.refusal !== null) return 'SIG_REJECT';
  if (!facts.online) return 'OFFLINE_NET';
  if (delivery.state === 'acked' || delivery.state === 'audible') return 'INTERRUPTED';
  return delivery.state === 'sent' && facts.pushes >= MAX_PUSHES ? 'NO_ACK' : 'EXPIRED';
}
