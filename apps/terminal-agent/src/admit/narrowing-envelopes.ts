import type { EnvelopeShape } from '#libs/contracts';
import type { AreaChain } from '#libs/domain';
import type { Result, TrustState } from '#libs/trust';
import { aboutEnvelope } from './about-envelope';
import type { Refusals } from './refusals';
import type { Standing } from './standing';
import { WaitingEnvelopes } from './waiting-envelopes';

/** Envelopes of one kind that wait for documents, a place or the time. */
const MAX_WAITING = 16;

/** What was verified, where and when. */
export interface VerifiedHere<T> {
  readonly value: T;
  readonly areas: AreaChain;
  readonly now: number;
}

/**
 * Verifies what narrows an area for a while (isolates, restrictions). It waits while the terminal has no place, does not
 * know the time (it could be an old one sent again) or lacks the documents of who signed; what is refused is told; what is
 * meant for a place that this terminal does not know means nothing here.
 */
export class NarrowingEnvelopes {
  private readonly waiting = new WaitingEnvelopes(MAX_WAITING);

  constructor(private readonly standing: Standing, private readonly refusals: Refusals, private readonly now: () => number | null) {}

  verified<T>(envelope: EnvelopeShape, verify: (trust: TrustState, envelope: unknown, now: number, areas: AreaChain) => Result<T>): VerifiedHere<T> | undefined {
    const { assignment, trust } = this.standing;
    const now = this.now();
    if (assignment === null || now === null) {
      this.waiting.keep(envelope);
      return undefined;
    }
    const verified = verify(trust, envelope, now, assignment.areas);
    if (verified.ok) return { value: verified.value, areas: assignment.areas, now };
    if (verified.code === 'REJ_KEY_UNKNOWN' || verified.code === 'REJ_LINEAGE') this.waiting.keep(envelope);
    else if (verified.code !== 'REJ_NOT_TARGETED') this.refusals.refused({ code: verified.code, ...aboutEnvelope(envelope) });
    return undefined;
  }

  /** Those that waited, to be received once more. */
  take(): readonly EnvelopeShape[] {
    return this.waiting.take();
  }
}
