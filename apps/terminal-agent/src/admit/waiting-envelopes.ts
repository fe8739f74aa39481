import { isDeepStrictEqual } from 'node:util';
import type { EnvelopeShape } from '#libs/contracts';

/** Envelopes that cannot be judged yet: documents, a place or the time are missing. The oldest make room. */
export class WaitingEnvelopes {
  private waiting: readonly EnvelopeShape[] = [];

  constructor(private readonly most: number) {}

  keep(envelope: EnvelopeShape): void {
    // The very same envelope: a forged copy must not keep the genuine one out.
    if (this.waiting.some((known) => isDeepStrictEqual(known, envelope))) return;
    this.waiting = [...this.waiting, envelope].slice(-this.most);
  }

  /** All of them, to be judged again; whatever still cannot be is kept once more. */
  take(): readonly EnvelopeShape[] {
    const entries = this.waiting;
    this.waiting = [];
    return entries;
  }
}
