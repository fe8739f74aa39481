import { z } from 'zod';
import { envelopeSchema, type EnvelopeShape, type HeadRef, type TerminalId } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import type { Clock } from '../clock';
import type { Disk } from '../hardware/disk';
import { stateFile, type StateFile } from '../hardware/state-file';

/** File `spool`: the device's counter and every receipt and event that the platform has not yet acknowledged. */
const spoolSchema = z.strictObject({
  counter: z.int().min(0),
  pending: z.array(z.strictObject({ counter: z.int().min(1), envelope: envelopeSchema })),
});
type SpoolState = z.infer<typeof spoolSchema>;

/** Unacknowledged events are kept up to this number, then refused; receipts always are kept. */
const MAX_PENDING = 2_000;

/** What every receipt and event carries besides its own fields. */
export interface Stamp {
  readonly terminal: TerminalId;
  readonly counter: number;
  readonly head: HeadRef | null;
}

export interface Signing {
  readonly terminal: TerminalId;
  readonly signer: Signer;
  /** The newest log head this terminal witnessed. */
  readonly head: () => HeadRef | null;
}

/**
 * Receipts and events on their way out: each with a counter that rises by one and is on the disk before it is shown to
 * anybody, kept until the platform says that it is committed.
 */
export class ReceiptSpool {
  private state: SpoolState = { counter: 0, pending: [] };
  private readonly file: StateFile<SpoolState>;
  private chain: Promise<void> = Promise.resolve();
  private durableCounter = 0;

  constructor(private readonly clock: Clock, disk: Disk, private readonly signing: () => Signing | null, private readonly onReady: () => void) {
    this.file = stateFile(disk, 'spool', spoolSchema, () => this.state);
  }

  async load(): Promise<'whole' | 'missing' | 'corrupt'> {
    const read = await this.file.load();
    if (read.kind === 'whole') this.state = read.value;
    this.durableCounter = this.state.counter;
    return read.kind;
  }

  /** Writes the file as it is, so that a later boot knows that it once existed. */
  begin(): Promise<void> {
    return this.file.save();
  }

  /** Puts on the disk what it once refused; only then is it shown to anybody. */
  async flush(): Promise<void> {
    const { counter } = this.state;
    await this.file.save();
    if (counter <= this.durableCounter) return;
    this.durableCounter = counter;
    this.onReady();
  }

  /** Goes on above a counter that the platform has seen; never back. */
  raiseCounter(seen: number): void {
    if (seen > this.state.counter) this.state = { ...this.state, counter: seen };
    this.durableCounter = Math.max(this.durableCounter, seen);
  }

  /**
   * Signs and keeps one receipt or event; resolves when it is on the disk. Order of calls is order of counters.
   * Without an identity nothing can be signed, and nothing is kept.
   */
  add(word: 'receipt' | 'event', fields: (stamp: Stamp) => object): Promise<void> {
    // A turn later: whatever feeds the card now goes before any paperwork.
    const added = this.chain.then(() => this.nextTurn()).then(() => this.signAndKeep(word, fields));
    this.chain = added.then(() => undefined, () => undefined);
    return added.then((save) => save());
  }

  /** The next envelopes to send after this counter, oldest first; only what is on the disk. */
  after(counter: number, most: number): readonly { readonly counter: number; readonly envelope: EnvelopeShape }[] {
    return this.state.pending.filter((entry) => entry.counter > counter && entry.counter <= this.durableCounter).slice(0, most);
  }

  /** Forgets what the platform has committed. A lost write only means that it is sent once more. */
  acknowledge(counter: number): void {
    const pending = this.state.pending.filter((entry) => entry.counter > counter);
    if (pending.length === this.state.pending.length) return;
    this.state = { ...this.state, pending };
    this.file.save().catch(() => undefined);
  }

  counter(): number {
    return this.durableCounter;
  }

  size(): number {
    return this.state.pending.length;
  }

  private nextTurn(): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(0, resolve));
  }

  private async signAndKeep(word: 'receipt' | 'event', fields: (stamp: Stamp) => object): Promise<() => Promise<void>> {
    const signing = this.signing();
    if (signing === null || (word === 'event' && this.state.pending.length >= MAX_PENDING)) return () => Promise.resolve();
    const counter = this.state.counter + 1;
    const payload = encodePayload(fields({ terminal: signing.terminal, counter, head: signing.head() }));
    const signed = await signEnvelope(word, payload, [signing.signer]);
    const envelope = envelopeSchema.parse(signed);
    this.state = { counter, pending: [...this.state.pending, { counter, envelope }] };
    return async () => {
      await this.file.save();
      this.durableCounter = Math.max(this.durableCounter, counter);
      this.onReady();
    };
  }
}
