import type { FailureReason, RefusalCode, SecurityEvent } from '#libs/contracts';
import type { SoundProof } from '../health/sound-proof';
import type { RefusedCommand } from '../admit/refusals';
import { NOTHING_HEARD, type Heard } from '../playout/player-ports';
import type { PlacedOrder } from '../playout/placed-order';
import type { ReceiptSpool } from './spool';

/** The parts of an order that a receipt names. */
type About = Pick<PlacedOrder, 'messageDigest'> & { readonly dispatch: Pick<PlacedOrder['dispatch'], 'dispatchId'> };

/** Dispatches whose last repetition was not heard, remembered at most. */
const MAX_FAULTS = 64;

/**
 * Words the receipts and events (contracts `receiptSchema`, `eventSchema`) and puts them into the spool. `now` gives
 * district Unix ms; while it is unknown the time written is 0 and the platform goes by when it came.
 */
export class Teller {
  private readonly faults = new Map<string, FailureReason>();

  constructor(private readonly spool: ReceiptSpool, private readonly proof: SoundProof, private readonly now: () => number | null) {}

  acked(about: About): Promise<void> {
    return this.receipt(about, 'acked', null, NOTHING_HEARD);
  }

  audible(about: About, heard: Pick<Heard, 'repetition' | 'fromMs' | 'startedAt'>): Promise<void> {
    return this.receipt(about, 'audible', null, { ...NOTHING_HEARD, ...heard });
  }

  /**
   * It ran to its end. This is the only place that says `done`, and it says so only of what the sensors heard; of a
   * dispatch as a whole (repetition 0) what they said of its last repetition.
   */
  done(about: About, heard: Heard): Promise<void> {
    const { dispatchId } = about.dispatch;
    if (heard.startedAt === null) {
      const before = this.faults.get(dispatchId);
      return before === undefined ? this.receipt(about, 'done', null, heard) : this.failed(about, before, null);
    }
    const { fault, levelCentiDbfs } = this.proof.judge(heard.levelCentiDbfs);
    this.faults.delete(dispatchId);
    if (fault === null) return this.receipt(about, 'done', null, heard);
    this.faults.set(dispatchId, fault);
    for (const oldest of this.faults.keys()) if (this.faults.size > MAX_FAULTS) this.faults.delete(oldest);
    return this.receipt(about, 'failed', fault, { ...heard, levelCentiDbfs });
  }

  /** One repetition failed; others may follow. */
  repetitionFailed(about: About, heard: Heard, reason: FailureReason): Promise<void> {
    return this.receipt(about, 'failed', reason, heard);
  }

  /** Nothing more of this dispatch will be heard. */
  failed(about: About, reason: FailureReason, heard: Heard | null): Promise<void> {
    return this.receipt(about, 'failed', reason, { ...(heard ?? NOTHING_HEARD), repetition: 0 });
  }

  refused({ code, subject, payloadType, keyIds, evidence }: RefusedCommand): Promise<void> {
    return this.event({ kind: 'refused', code, subject, payloadType, keyIds: [...keyIds], ...(evidence === undefined ? {} : { evidence }) });
  }

  /** `about`: the envelope that caused it, where one did. */
  incident(kind: Exclude<SecurityEvent['kind'], 'refused'>, code: RefusalCode | null, about: Omit<RefusedCommand, 'code'> = NOTHING): Promise<void> {
    return this.event({ kind, code, subject: about.subject, payloadType: about.payloadType, keyIds: [...about.keyIds] });
  }

  private receipt(about: About, state: 'acked' | 'audible' | 'done' | 'failed', reason: FailureReason | null, heard: Heard): Promise<void> {
    const at = this.at();
    return this.spool.add('receipt', ({ terminal, counter, head }) => ({
      terminal, counter, at, head, dispatchId: about.dispatch.dispatchId, messageDigest: about.messageDigest, repetition: heard.repetition, state, reason,
      fromMs: heard.fromMs, startedAt: heard.startedAt, endedAt: heard.endedAt, playedDigest: heard.digest, levelCentiDbfs: heard.levelCentiDbfs, ...(heard.live === undefined ? {} : { live: heard.live }),
    }));
  }

  private event(fields: Pick<SecurityEvent, 'kind' | 'code' | 'subject' | 'payloadType' | 'keyIds' | 'evidence'>): Promise<void> {
    const at = this.at();
    return this.spool.add('event', ({ terminal, counter, head }) => ({ terminal, counter, at, head, ...fields }));
  }

  private at(): number {
    return Math.max(0, Math.round(this.now() ?? 0));
  }
}

const NOTHING: Omit<RefusedCommand, 'code'> = { subject: null, payloadType: null, keyIds: [] };
