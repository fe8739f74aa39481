import { platformRoutes, type EnvelopeShape, type TerminalId } from '#libs/contracts';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import type { Platform } from '../platform/platform-client';
import { Soon } from '../platform/soon';

/** Before the next try when the platform answers but fails. */
const RETRY_MS = 1_000;
/** JSON around one envelope, characters. */
const ENVELOPE_ROOM = 128;

export interface ReceiptEvents {
  /** The platform has committed everything up to this counter. */
  acked(terminal: TerminalId, counter: number): void;
  /** The platform will never take what this terminal sent. */
  refused(terminal: TerminalId): void;
  /** Whether a terminal may send on; `false` means: stop reading from it, for a moment. */
  flow(terminal: TerminalId, open: boolean): void;
}

interface Batch {
  readonly receipts: readonly { readonly terminal: TerminalId; readonly envelopes: readonly EnvelopeShape[] }[];
}

/**
 * Carries receipts and events to the platform, gathered, one batch at a time; a terminal hears `ack` only after the
 * platform's answer, which comes after its commit. Until then envelopes wait here, bounded per terminal and in all. A
 * full queue closes the flow while the platform takes them; while it does not, terminals are read on (their time probes
 * and exchanges come over the same link, and one that hears nothing reconnects and sends all again) and what finds no
 * room is dropped. What a terminal sends again is held once. What is dropped or lost here is not lost, because
 * terminals keep their spool until `ack` and send it again.
 */
export class ReceiptQueue {
  /** Envelopes by terminal, then by payload, in order of arrival. */
  private readonly waiting = new Map<TerminalId, Map<string, EnvelopeShape>>();
  private count = 0;
  private chars = 0;
  private sending = false;
  private batchSize: number = GATEWAY_LIMITS.receiptsPerBatch;
  private readonly held = new Set<TerminalId>();
  /** Whether the platform took the last batch. */
  private taking = false;
  private readonly soon = new Soon(GATEWAY_LIMITS.gatherMs, () => void this.flush());
  private readonly later = new Soon(RETRY_MS, () => void this.flush());

  constructor(
    private readonly log: Log,
    private readonly platform: Platform,
    private readonly events: ReceiptEvents,
    private readonly maxChars: number = GATEWAY_LIMITS.receiptCharsQueued,
  ) {
    platform.onBack(() => this.soon.ask());
  }

  /** Envelopes that wait. */
  get size(): number {
    return this.count;
  }

  add(terminal: TerminalId, envelopes: readonly EnvelopeShape[]): void {
    const own = this.waiting.get(terminal) ?? new Map<string, EnvelopeShape>();
    this.waiting.set(terminal, own);
    for (const envelope of envelopes) {
      if (own.has(envelope.payload) || (!this.taking && this.isFull(own))) continue;
      own.set(envelope.payload, envelope);
      this.count += 1;
      this.chars += charsOf(envelope);
    }
    if (own.size === 0) this.waiting.delete(terminal);
    if (this.taking && this.isFull(own)) this.hold(terminal);
    if (this.size >= this.batchSize) this.soon.now();
    else this.soon.ask();
  }

  /** Resolves when nothing waits or the platform does not take it. For the last second of the gateway. */
  async drain(): Promise<void> {
    this.soon.cancel();
    this.later.cancel();
    while (this.waiting.size > 0 && this.platform.isUp && !this.sending) {
      const before = this.size;
      await this.flush();
      if (this.size >= before) return;
    }
  }

  close(): void {
    this.soon.cancel();
    this.later.cancel();
  }

  private isFull(own: ReadonlyMap<string, EnvelopeShape>): boolean {
    return own.size >= GATEWAY_LIMITS.receiptsPerTerminal || this.chars >= this.maxChars;
  }

  /** Said again at every envelope: the terminal may be on a new connection. */
  private hold(terminal: TerminalId): void {
    this.held.add(terminal);
    this.events.flow(terminal, false);
  }

  /** Opens the flow again below half of either bound. */
  private release(): void {
    if (this.held.size === 0 || this.chars > this.maxChars / 2) return;
    for (const terminal of this.held) {
      if ((this.waiting.get(terminal)?.size ?? 0) > GATEWAY_LIMITS.receiptsPerTerminal / 2) continue;
      this.held.delete(terminal);
      this.events.flow(terminal, true);
    }
  }

  private releaseAll(): void {
    this.taking = false;
    for (const terminal of this.held) this.events.flow(terminal, true);
    this.held.clear();
  }

  private async flush(): Promise<void> {
    if (!this.platform.isUp) this.releaseAll();
    if (this.sending || !this.platform.isUp || this.waiting.size === 0) return;
    const batch = this.take();
    this.sending = true;
    const reply = await this.platform.call(platformRoutes.receipts, {
      receipts: batch.receipts.map(({ terminal, envelopes }) => ({ terminal, envelopes: [...envelopes] })),
    });
    this.sending = false;
    if (reply.ok) {
      this.taking = true;
      this.remove(batch);
      this.batchSize = Math.min(this.batchSize * 2, GATEWAY_LIMITS.receiptsPerBatch);
      for (const { terminal, counter } of reply.value.acks) this.events.acked(terminal, counter);
      this.release();
      if (this.waiting.size > 0) this.soon.ask();
      return;
    }
    this.releaseAll();
    if (reply.why !== 'away') this.afterFailure(batch, reply.why === 'refused', reply.status);
  }

  /** Smaller next time and others first, so that one bad envelope never holds up the rest. */
  private afterFailure(batch: Batch, isFinal: boolean, status: number | null): void {
    const [first] = batch.receipts;
    const count = countOf(batch);
    if (count === 1 && isFinal && first !== undefined) {
      this.log.error({ code: 'RECEIPT_REFUSED', terminal: first.terminal, status }, 'the platform refuses this receipt for good');
      this.remove(batch);
      this.events.refused(first.terminal);
    }
    for (const { terminal } of batch.receipts) {
      const own = this.waiting.get(terminal);
      if (own === undefined) continue;
      this.waiting.delete(terminal);
      this.waiting.set(terminal, own);
    }
    this.batchSize = Math.max(1, Math.floor(count / 2));
    this.later.ask();
  }

  /** The next envelopes, oldest terminal first, within the batch's size in number and characters. */
  private take(): Batch {
    const receipts: { terminal: TerminalId; envelopes: EnvelopeShape[] }[] = [];
    let count = 0;
    let chars = 0;
    for (const [terminal, own] of this.waiting) {
      const envelopes: EnvelopeShape[] = [];
      for (const envelope of own.values()) {
        const size = charsOf(envelope);
        if (count > 0 && (count >= this.batchSize || chars + size > GATEWAY_LIMITS.receiptCharsPerBatch)) break;
        envelopes.push(envelope);
        count += 1;
        chars += size;
      }
      if (envelopes.length > 0) receipts.push({ terminal, envelopes });
      if (count >= this.batchSize || chars > GATEWAY_LIMITS.receiptCharsPerBatch) break;
    }
    return { receipts };
  }

  private remove(batch: Batch): void {
    for (const { terminal, envelopes } of batch.receipts) {
      const own = this.waiting.get(terminal);
      for (const { payload } of envelopes) {
        const envelope = own?.get(payload);
        if (envelope === undefined) continue;
        this.count -= 1;
        this.chars -= charsOf(envelope);
        own?.delete(payload);
      }
      if (own?.size === 0) this.waiting.delete(terminal);
    }
  }
}

function countOf(batch: Batch): number {
  return batch.receipts.reduce((sum, { envelopes }) => sum + envelopes.length, 0);
}

function charsOf(envelope: EnvelopeShape): number {
  return envelope.signatures.reduce((sum, { sig }) => sum + sig.length + ENVELOPE_ROOM, envelope.payload.length + ENVELOPE_ROOM);
}
