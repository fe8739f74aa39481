import { z } from 'zod';
import {
  areaIdSchema, digestSchema, dispatchIdSchema, headRefSchema, platformIdSchema, stopIdSchema, stopSchema, tierSchema,
  type Digest, type DispatchId, type HeadRef,
} from '#libs/contracts';
import { isSeqWindow, type SeqWindow, type Tombstone } from '#libs/domain';
import { sha256Hex } from '#libs/suites';
import type { AdmitWrites, DispatcherFloor, JournalEntry } from '#libs/trust';
import type { Disk } from '../hardware/disk';
import { stateFile, type StateFile } from '../hardware/state-file';

const seqWindowSchema = z.custom<SeqWindow>((value) => isSeqWindow(value));
const messageSchema = z.strictObject({
  messageDigest: digestSchema,
  dispatchId: dispatchIdSchema,
  platform: platformIdSchema,
  replaces: digestSchema.nullable(),
  repetition: z.int().min(0),
  /** The last repetition that sounded to its end. */
  ended: z.int().min(0),
  state: z.enum(['accepted', 'playing', 'completed', 'stopped', 'interrupted']),
  dispatches: z.int().min(1),
  until: z.int(),
});
export type MessageNote = z.infer<typeof messageSchema>;

const seenSchema = z.strictObject({ dispatchId: dispatchIdSchema, digest: digestSchema, notAfter: z.int(), until: z.int() });
const tombstoneSchema = z.strictObject({
  stopId: stopIdSchema, tier: tierSchema, area: areaIdSchema, issuedAt: z.int(), scope: stopSchema.shape.scope, until: z.int(), notAfter: z.int(),
});

/**
 * File `journal`: everything that keeps a sound from being heard twice or after its stop (facts 4b.5). Each dispatcher
 * key's epoch and sequence window, dispatches seen, what became of each message, stops, and the last known time.
 * All of it is one file, so that one durable write covers one decision. Times are district Unix ms.
 */
const journalSchema = z.strictObject({
  floors: z.record(z.string(), z.strictObject({ epoch: z.int().min(0), window: seqWindowSchema })),
  seen: z.array(seenSchema),
  messages: z.array(messageSchema),
  stops: z.array(tombstoneSchema),
  clock: z.strictObject({ districtAt: z.int(), wallAt: z.int() }).nullable(),
  beaconAt: z.int().nullable(),
  head: headRefSchema.nullable(),
  /** After the journal was lost: what was dispatched before this moment may have sounded here already. */
  amnesiaUntil: z.int().nullable(),
});
type JournalState = z.infer<typeof journalSchema>;

const EMPTY: JournalState = { floors: {}, seen: [], messages: [], stops: [], clock: null, beaconAt: null, head: null, amnesiaUntil: null };

/** The terminal's memory of what it must not do again. Changes count at once; `save` resolves when they are on the disk. */
export class Journal {
  private state: JournalState = EMPTY;
  private readonly file: StateFile<JournalState>;

  constructor(disk: Disk) {
    this.file = stateFile(disk, 'journal', journalSchema, () => this.state);
  }

  async load(): Promise<'whole' | 'missing' | 'corrupt'> {
    const read = await this.file.load();
    if (read.kind === 'whole') this.state = read.value;
    return read.kind;
  }

  /** Resolves when everything changed so far is on the disk; at the first start it makes the file. */
  save(): Promise<void> {
    return this.file.save();
  }

  get floors(): ReadonlyMap<string, DispatcherFloor> {
    return new Map(Object.entries(this.state.floors));
  }

  get seenDispatches(): ReadonlySet<string> {
    return new Set(this.state.seen.map((seen) => seen.dispatchId));
  }

  get messages(): ReadonlyMap<string, JournalEntry> {
    return new Map(this.state.messages.map((note) => [note.messageDigest, note]));
  }

  get stops(): readonly Tombstone[] {
    return this.state.stops;
  }

  get clock(): JournalState['clock'] {
    return this.state.clock;
  }

  get beaconAt(): number | null {
    return this.state.beaconAt;
  }

  get head(): HeadRef | null {
    return this.state.head;
  }

  get amnesiaUntil(): number | null {
    return this.state.amnesiaUntil;
  }

  noteOf(messageDigest: Digest): MessageNote | undefined {
    return this.state.messages.find((note) => note.messageDigest === messageDigest);
  }

  openNotes(): readonly MessageNote[] {
    return this.state.messages.filter(({ state }) => state === 'accepted' || state === 'playing');
  }

  /** Whether exactly this dispatch, by its payload, was seen. */
  hasSeen(dispatchDigest: string): boolean {
    return this.state.seen.some((seen) => seen.digest === dispatchDigest);
  }

  /** Whether exactly this dispatch waits for its first repetition. */
  isAccepted(dispatchDigest: string): boolean {
    const seen = this.state.seen.find((entry) => entry.digest === dispatchDigest);
    return this.state.messages.some((note) => note.dispatchId === seen?.dispatchId && note.state === 'accepted');
  }

  /** The message that replaced this one, if any: what was replaced never starts any more. */
  isReplaced(messageDigest: Digest, platform: string): boolean {
    return this.state.messages.some((note) => note.replaces === messageDigest && note.platform === platform);
  }

  accept(writes: AdmitWrites, about: { readonly digest: Digest; readonly notAfter: number; readonly platform: MessageNote['platform']; readonly replaces: Digest | null }): void {
    const note: MessageNote = {
      ...writes.journal, messageDigest: writes.messageDigest, platform: about.platform, replaces: about.replaces, ended: 0,
    };
    this.state = {
      ...this.state,
      floors: { ...this.state.floors, [writes.dispatcherKeyId]: writes.floor },
      messages: [...this.state.messages.filter((other) => other.messageDigest !== note.messageDigest), note],
    };
    this.see(writes.dispatchId, about.digest, about.notAfter, note.until);
  }

  /** Remembers a dispatch that is dealt with without sound. */
  see(dispatchId: DispatchId, digest: Digest, notAfter: number, until: number): void {
    if (this.state.seen.some((seen) => seen.dispatchId === dispatchId)) return;
    this.state = { ...this.state, seen: [...this.state.seen, { dispatchId, digest, notAfter, until }] };
  }

  note(messageDigest: Digest, change: Partial<Pick<MessageNote, 'repetition' | 'ended' | 'state'>>): void {
    this.state = { ...this.state, messages: this.state.messages.map((note) => (note.messageDigest === messageDigest ? { ...note, ...change } : note)) };
  }

  /** False when it is known already. */
  addStop(stop: Tombstone, notAfter: number): boolean {
    if (this.state.stops.some((known) => known.stopId === stop.stopId)) return false;
    this.state = { ...this.state, stops: [...this.state.stops, tombstoneSchema.parse({ ...stop, notAfter })] };
    return true;
  }

  keepTime(clock: JournalState['clock'], beaconAt: number | null, head: HeadRef | null): void {
    this.state = { ...this.state, clock: clock ?? this.state.clock, beaconAt: beaconAt ?? this.state.beaconAt, head: head ?? this.state.head };
  }

  forgetBefore(at: number): void {
    this.state = { ...this.state, amnesiaUntil: at };
  }

  /** Drops what nobody may use any more. */
  prune(now: number): void {
    this.state = {
      ...this.state,
      seen: this.state.seen.filter(({ until }) => until > now),
      messages: this.state.messages.filter(({ until, state }) => until > now || state === 'playing' || state === 'accepted'),
      stops: this.state.stops.filter(({ until }) => until > now),
    };
  }

  /** The exchange's `held`: SHA-256 of the sorted ids of unexpired dispatches and stops, joined by line feeds. */
  held(now: number): Digest {
    const ids = [
      ...this.state.seen.filter(({ notAfter }) => notAfter > now).map(({ dispatchId }): string => dispatchId),
      ...this.state.stops.filter(({ notAfter }) => notAfter > now).map(({ stopId }): string => stopId),
    ];
    return digestSchema.parse(sha256Hex(new TextEncoder().encode(ids.sort().join('\n'))));
  }
}
