import { platformRoutes, type ExchangeAnswer, type ExchangeRequest, type TerminalId } from '#libs/contracts';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import type { Platform } from '../platform/platform-client';
import { Soon } from '../platform/soon';

/** Before the next try when the platform answers but fails. */
const RETRY_MS = 1_000;

/**
 * Carries exchanges to the platform, gathered, a few batches at a time. Per terminal only the newest question counts
 * and only one is on its way. While the platform is away they wait; its return sends them all.
 */
export class ExchangeQueue {
  private readonly waiting = new Map<TerminalId, ExchangeRequest>();
  private readonly onItsWay = new Set<TerminalId>();
  private batches = 0;
  private batchSize: number = GATEWAY_LIMITS.exchangesPerBatch;
  private readonly soon = new Soon(GATEWAY_LIMITS.gatherMs, () => this.flush());
  private readonly later = new Soon(RETRY_MS, () => this.flush());

  constructor(
    private readonly log: Log,
    private readonly platform: Platform,
    private readonly onAnswer: (terminal: TerminalId, answer: ExchangeAnswer) => void,
  ) {
    platform.onBack(() => this.soon.ask());
  }

  get size(): number {
    return this.waiting.size;
  }

  add(terminal: TerminalId, exchange: ExchangeRequest): void {
    this.waiting.set(terminal, exchange);
    if (this.waiting.size >= GATEWAY_LIMITS.exchangesPerBatch) this.soon.now();
    else this.soon.ask();
  }

  /** The terminal went; it asks again when it is back. */
  drop(terminal: TerminalId): void {
    this.waiting.delete(terminal);
  }

  close(): void {
    this.soon.cancel();
    this.later.cancel();
  }

  private flush(): void {
    while (this.platform.isUp && this.batches < GATEWAY_LIMITS.exchangeBatchesAtOnce) {
      const batch = this.take();
      if (batch.length === 0) return;
      void this.send(batch);
    }
  }

  private take(): readonly (readonly [TerminalId, ExchangeRequest])[] {
    const batch: (readonly [TerminalId, ExchangeRequest])[] = [];
    for (const [terminal, exchange] of this.waiting) {
      if (batch.length >= this.batchSize) break;
      if (!this.onItsWay.has(terminal)) batch.push([terminal, exchange]);
    }
    for (const [terminal] of batch) {
      this.waiting.delete(terminal);
      this.onItsWay.add(terminal);
    }
    return batch;
  }

  private async send(batch: readonly (readonly [TerminalId, ExchangeRequest])[]): Promise<void> {
    this.batches += 1;
    const exchanges = batch.map(([terminal, exchange]) => ({ terminal, exchange }));
    const reply = await this.platform.call(platformRoutes.exchanges, { exchanges });
    this.batches -= 1;
    for (const [terminal] of batch) this.onItsWay.delete(terminal);
    if (reply.ok) {
      this.batchSize = Math.min(this.batchSize * 2, GATEWAY_LIMITS.exchangesPerBatch);
      for (const { terminal, exchange } of reply.value.answers) this.onAnswer(terminal, exchange);
      this.flush();
      return;
    }
    if (reply.why !== 'away' && batch.length === 1) {
      this.log.error({ code: 'EXCHANGE_REFUSED', terminal: batch[0]?.[0], status: reply.status }, 'the platform cannot answer this exchange');
    } else {
      for (const [terminal, exchange] of batch) {
        if (!this.waiting.has(terminal)) this.waiting.set(terminal, exchange);
      }
    }
    if (reply.why === 'away') return;
    this.batchSize = Math.max(1, Math.floor(batch.length / 2));
    this.later.ask();
  }
}
