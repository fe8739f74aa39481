import type { EnvelopeShape } from '#libs/contracts';
import type { Clock, Timer } from '../clock';

/** Envelopes in one `receipts` frame, by the contract. */
const BATCH = 50;
/** Sent again when no acknowledgement came for this long. */
const RESEND_MS = 10_000;
/** A batch waits this long for company. */
const GATHER_MS = 20;

export interface SpoolSource {
  after(counter: number, most: number): readonly { readonly counter: number; readonly envelope: EnvelopeShape }[];
}

/**
 * Sends the spool over whatever link there is: each envelope once per connection, again after ten seconds without an
 * acknowledgement, everything unacknowledged on a new connection. Sending twice is harmless: the platform goes by the counter.
 */
export class SpoolSender {
  private sentUpTo = 0;
  private gathering: Timer | undefined;
  private resend: Timer | undefined;
  private open = false;

  constructor(
    private readonly clock: Clock,
    private readonly spool: SpoolSource,
    private readonly send: (envelopes: readonly EnvelopeShape[]) => boolean,
  ) {}

  linkUp(): void {
    this.open = true;
    this.sentUpTo = 0;
    this.flush();
  }

  linkDown(): void {
    this.open = false;
    this.gathering?.cancel();
    this.resend?.cancel();
    this.gathering = undefined;
    this.resend = undefined;
  }

  /** Something new lies in the spool. */
  wake(): void {
    if (!this.open || this.gathering !== undefined) return;
    this.gathering = this.clock.setTimer(GATHER_MS, () => {
      this.gathering = undefined;
      this.flush();
    });
  }

  acknowledged(): void {
    this.resend?.cancel();
    this.resend = undefined;
    this.expectAnswer();
  }

  private flush(): void {
    while (this.open) {
      const batch = this.spool.after(this.sentUpTo, BATCH);
      const last = batch[batch.length - 1];
      if (last === undefined || !this.send(batch.map((entry) => entry.envelope))) break;
      this.sentUpTo = last.counter;
    }
    this.expectAnswer();
  }

  private expectAnswer(): void {
    if (!this.open || this.resend !== undefined || this.spool.after(0, 1).length === 0) return;
    this.resend = this.clock.setTimer(RESEND_MS, () => {
      this.resend = undefined;
      this.sentUpTo = 0;
      this.flush();
    });
  }
}
