import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  areaIdSchema, classSchema, digestSchema, dispatchIdSchema, failureReasonSchema, headRefSchema, isolateIdSchema, modeSchema, platformIdSchema, restrictionIdSchema,
  restrictionKindSchema, stopIdSchema, stopSchema, tierSchema,
  type Digest, type DispatchId, type HeadRef, type Mode,
} from '#libs/contracts';
import { asGivenBy, isSeqWindow, mayReplace, withRestriction, type Isolation, type Restriction, type SeqWindow, type Tombstone } from '#libs/domain';
import { sha256Hex } from '#libs/suites';
import type { AdmitWrites, DispatcherFloor, JournalEntry } from '#libs/trust';
import type { Disk } from '../hardware/disk';
import { stateFile, type StateFile } from '../hardware/state-file';
import { withStop } from './fold-stops';

const seqWindowSchema = z.custom<SeqWindow>((value) => isSeqWindow(value));
const messageSchema = z.strictObject({
  messageDigest: digestSchema,
  dispatchId: dispatchIdSchema,
  platform: platformIdSchema,
  /** Absent in a journal of before this field: what was meant must not be taken for a drill. */
  mode: modeSchema.default('actual'),
  replaces: digestSchema.nullable(),
  /** The message that this one takes back. */
  corrects: digestSchema.nullable().default(null),
  repetition: z.int().min(0),
  /** The last repetition that sounded to its end. */
  ended: z.int().min(0),
  state: z.enum(['accepted', 'playing', 'completed', 'stopped', 'interrupted']),
  dispatches: z.int().min(1),
  until: z.int(),
  /** A sample of it came out here. Absent in a journal of before this field. */
  sounded: z.boolean().optional(),
  /** Why it was ended, from that moment on: a power cut before its last receipt is on the disk must not let it go on. */
  ending: failureReasonSchema.nullable().default(null),
  /** The stop that ended it. */
  stoppedBy: stopIdSchema.nullable().default(null),
  /** The stops after each of which it went on. */
  takenBack: z.array(z.strictObject({ stopId: stopIdSchema, consentedAt: z.int() })).default([]),
  /** Where it goes on when it waits for the loudspeaker: cut off by a higher rank, or its turn taken back. */
  position: z.strictObject({ repetition: z.int().min(1), fromMs: z.int().min(0) }).nullable().default(null),
  /** When its first repetition was due under its last dispatch. */
  startAt: z.int().default(0),
  permit: digestSchema.nullable().default(null),
}).transform((note) => ({
  ...note,
  // Read back in the middle of playing, it may have been heard: whoever may have heard is told of a correction.
  sounded: note.sounded === true || note.state === 'playing' || (note.sounded === undefined && note.repetition > 0),
}));
export type MessageNote = z.infer<typeof messageSchema>;

const seenSchema = z.strictObject({
  dispatchId: dispatchIdSchema, digest: digestSchema, notAfter: z.int(), until: z.int(),
  /** Whose dispatch it was. Null in a journal of before this field: then it counts as everybody's. */
  platform: platformIdSchema.nullable().default(null),
});
const tombstoneSchema = z.strictObject({
  stopId: stopIdSchema, tier: tierSchema, area: areaIdSchema, issuedAt: z.int(), scope: stopSchema.shape.scope, until: z.int(), notAfter: z.int(),
  signerLeft: z.boolean().default(false),
  /** Whether it stands for many (`withStop`). */
  folded: z.boolean().default(false),
  /** Of the stop's payload. Null in a journal of before this field. */
  digest: digestSchema.nullable().default(null),
});
const isolationSchema = z.strictObject({
  isolateId: isolateIdSchema, tier: tierSchema, platform: platformIdSchema, area: areaIdSchema, notAfter: z.int(), except: z.array(classSchema),
  /** Of the payload. Null in a journal of before this field, until the next exchange brings it again. */
  digest: digestSchema.nullable().default(null),
});
export type IsolationNote = z.infer<typeof isolationSchema>;
const restrictionNoteSchema = z.strictObject({
  restrictionId: restrictionIdSchema, platform: platformIdSchema, tier: tierSchema, area: areaIdSchema, kind: restrictionKindSchema, classes: z.array(classSchema),
  approvals: z.int().nullable(), notBefore: z.int(), notAfter: z.int(),
  /** As an isolation's. */
  digest: digestSchema.nullable().default(null),
});
export type RestrictionNote = z.infer<typeof restrictionNoteSchema>;

/**
 * File `journal`: everything that keeps a sound from being heard twice or after its stop (facts 4b.5). Each dispatcher
 * key's epoch and sequence window, dispatches seen, what became of each message, stops, isolations, restrictions, and the last known
 * time. All of it is one file, so that one durable write covers one decision. Times are district Unix ms. A field that
 * is added later has a value for files of before it: units are upgraded in place, and a journal lost is a day of silence.
 */
const journalSchema = z.strictObject({
  floors: z.record(z.string(), z.strictObject({ epoch: z.int().min(0), window: seqWindowSchema })),
  seen: z.array(seenSchema),
  messages: z.array(messageSchema),
  stops: z.array(tombstoneSchema),
  isolations: z.array(isolationSchema).default([]),
  restrictions: z.array(restrictionNoteSchema).default([]),
  clock: z.strictObject({ districtAt: z.int(), wallAt: z.int() }).nullable(),
  /** How much longer the terminal must be on before its time counts for forgetting; 0 where it has not stepped. */
  settlesInMs: z.int().min(0).default(0),
  beaconAt: z.int().nullable(),
  head: headRefSchema.nullable(),
  /** After the journal was lost: what was dispatched before this moment may have sounded here already. */
  amnesiaUntil: z.int().nullable(),
});
type JournalState = z.infer<typeof journalSchema>;

const EMPTY: JournalState = { floors: {}, seen: [], messages: [], stops: [], isolations: [], restrictions: [], clock: null, settlesInMs: 0, beaconAt: null, head: null, amnesiaUntil: null };

/** What an order says beyond what admit writes down. */
export interface AboutOrder {
  /** Of the dispatch's payload. */
  readonly digest: Digest;
  readonly notAfter: number;
  readonly platform: MessageNote['platform'];
  readonly replaces: Digest | null;
  readonly corrects: Digest | null;
}

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

  /** By platform and id; by id alone what is under way, because whatever sounds is called by it. */
  get seenDispatches(): ReadonlySet<string> {
    return new Set([
      ...this.state.seen.map(({ platform, dispatchId }) => (platform === null ? dispatchId : `${platform} ${dispatchId}`)),
      ...this.openNotes().map(({ dispatchId }): string => dispatchId),
    ]);
  }

  /** A message counts as stopped from the moment of its stop, although its last receipt may still be on its way to the disk. */
  get messages(): ReadonlyMap<string, JournalEntry> {
    return new Map(this.state.messages.map((note) => [note.messageDigest, note.stoppedBy === null ? note : { ...note, state: 'stopped' }]));
  }

  get stops(): readonly Tombstone[] {
    return this.state.stops;
  }

  get isolations(): readonly IsolationNote[] {
    return this.state.isolations;
  }

  get restrictions(): readonly Restriction[] {
    return this.state.restrictions;
  }

  get clock(): JournalState['clock'] {
    return this.state.clock;
  }

  get settlesInMs(): number {
    return this.state.settlesInMs;
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

  /** Whether exactly this dispatch waits for its first repetition, or sounds. */
  isUnderWay(dispatchDigest: string): boolean {
    const seen = this.state.seen.find((entry) => entry.digest === dispatchDigest);
    return this.state.messages.some((note) => note.dispatchId === seen?.dispatchId && (seen.platform === null || seen.platform === note.platform) && (note.state === 'accepted' || note.state === 'playing'));
  }

  /** Whether a message here of the same platform and mode replaced this one or took it back: such a one never starts any more. */
  isReplaced(messageDigest: Digest, platform: string, mode: Mode): boolean {
    return this.state.messages.some((note) => (note.replaces === messageDigest || note.corrects === messageDigest) && note.platform === platform && mayReplace(note.mode, mode));
  }

  accept(writes: AdmitWrites, about: AboutOrder): void {
    const note: MessageNote = {
      ...writes.journal, takenBack: [...writes.journal.takenBack], messageDigest: writes.messageDigest, platform: about.platform, replaces: about.replaces, corrects: about.corrects,
      // What goes on after a stop has its repetitions behind it.
      ended: writes.journal.repetition === 0 ? 0 : this.noteOf(writes.messageDigest)?.ended ?? 0, ending: null, position: null,
    };
    this.state = {
      ...this.state,
      floors: { ...this.state.floors, [writes.dispatcherKeyId]: writes.floor },
      messages: [...this.state.messages.filter((other) => other.messageDigest !== note.messageDigest), note],
    };
    this.see(writes.dispatchId, about, note.until);
  }

  /** Remembers a dispatch that is dealt with without sound. */
  see(dispatchId: DispatchId, { digest, notAfter, platform }: Pick<AboutOrder, 'digest' | 'notAfter' | 'platform'>, until: number): void {
    if (this.state.seen.some((seen) => seen.dispatchId === dispatchId && (seen.platform ?? platform) === platform)) return;
    this.state = { ...this.state, seen: [...this.state.seen, { dispatchId, digest, notAfter, until, platform }] };
  }

  /** Remembers that a message was taken back where it never sounded, so that it never will. */
  takeBack(correction: Pick<MessageNote, 'messageDigest' | 'dispatchId' | 'platform' | 'mode' | 'until'>, corrects: Digest): void {
    if (this.noteOf(correction.messageDigest) !== undefined) return;
    const note: MessageNote = {
      ...correction, corrects, replaces: null, repetition: 0, ended: 0, state: 'completed', dispatches: 1, sounded: false, ending: 'NOT_HEARD', position: null, startAt: 0, stoppedBy: null, takenBack: [], permit: null,
    };
    this.state = { ...this.state, messages: [...this.state.messages, note] };
  }

  note(messageDigest: Digest, change: Partial<Pick<MessageNote, 'repetition' | 'ended' | 'state' | 'sounded' | 'ending' | 'stoppedBy' | 'position' | 'startAt'>>): void {
    this.state = { ...this.state, messages: this.state.messages.map((note) => (note.messageDigest === messageDigest ? { ...note, ...change } : note)) };
  }

  /** False when these very bytes are known already; others under the same id are another stop. Too many become fewer that say no less. */
  addStop(stop: Tombstone, notAfter: number, digest: Digest | null = null): boolean {
    const isKnown = (known: JournalState['stops'][number]): boolean => (known.digest === null ? reachesAlike(known, stop) : known.digest === digest);
    if (this.state.stops.some((known) => known.stopId === stop.stopId && isKnown(known))) return false;
    this.state = { ...this.state, stops: [...withStop(this.state.stops, tombstoneSchema.parse({ ...stop, notAfter, digest }))] };
    return true;
  }

  /** The district has told the time: a stop that came before that and is dated ahead counts from now. */
  dateStops(now: number): void {
    this.state = { ...this.state, stops: this.state.stops.map((stop) => asGivenBy(stop, now)) };
  }

  /** False when these very bytes are known already; others under the same id are another isolation. */
  addIsolation(isolation: Isolation, digest: Digest): boolean {
    const note = isolationSchema.parse({ ...isolation, digest });
    const { isolations } = this.state;
    const isNew = !isolations.some((known) => isSameNarrowing(known, note));
    this.state = { ...this.state, isolations: isNew ? [...isolations, note] : isolations.map((known) => (isSameNarrowing(known, note) ? note : known)) };
    return isNew;
  }

  /**
   * Undefined when these very bytes are known already; others under the same id are another restriction. Else whether it
   * is kept, and those for which there is no room (`withRestriction`).
   */
  addRestriction(restriction: Restriction, digest: Digest, now: number): { readonly isKept: boolean; readonly refused: readonly RestrictionNote[] } | undefined {
    const note = restrictionNoteSchema.parse({ ...restriction, digest });
    const { restrictions } = this.state;
    if (restrictions.some((known) => isSameNarrowing(known, note))) {
      this.state = { ...this.state, restrictions: restrictions.map((known) => (isSameNarrowing(known, note) ? note : known)) };
      return undefined;
    }
    const { kept, refused } = withRestriction(restrictions, note, now);
    this.state = { ...this.state, restrictions: [...kept] };
    return { isKept: kept.includes(note), refused };
  }

  keepTime(clock: JournalState['clock'], beaconAt: number | null, head: HeadRef | null): void {
    this.state = { ...this.state, clock: clock ?? this.state.clock, beaconAt: beaconAt ?? this.state.beaconAt, head: head ?? this.state.head };
  }

  settle(inMs: number): void {
    this.state = { ...this.state, settlesInMs: Math.max(0, Math.ceil(inMs)) };
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
      // Forgotten while it may still be sent again, one dated ahead would count from that day anew.
      stops: this.state.stops.filter(({ until, notAfter }) => Math.max(until, notAfter) > now),
      isolations: this.state.isolations.filter(({ notAfter }) => notAfter > now),
      restrictions: this.state.restrictions.filter(({ notAfter }) => notAfter > now),
    };
  }

  /** The exchange's `held`: SHA-256 of the sorted ids of unexpired dispatches and stops and digests of isolates and restrictions, joined by line feeds. */
  held(now: number): Digest {
    const ids = new Set([
      ...this.state.seen.filter(({ notAfter }) => notAfter > now).map(({ dispatchId }): string => dispatchId),
      ...this.state.stops.filter(({ notAfter }) => notAfter > now).map(({ stopId }): string => stopId),
      ...this.state.isolations.filter(({ notAfter }) => notAfter > now).map(({ digest, isolateId }): string => digest ?? isolateId),
      ...this.state.restrictions.filter(({ notAfter }) => notAfter > now).map(({ digest, restrictionId }): string => digest ?? restrictionId),
    ]);
    return digestSchema.parse(sha256Hex(new TextEncoder().encode([...ids].sort().join('\n'))));
  }
}

/** By their bytes; what was kept before these were, by all that it says. */
function isSameNarrowing(known: { readonly digest: Digest | null }, note: { readonly digest: Digest | null }): boolean {
  return known.digest === null ? isDeepStrictEqual({ ...known, digest: note.digest }, note) : known.digest === note.digest;
}

/** Of stops kept before their bytes were. Dates are not compared: one that is dated ahead is dated anew when the time is known. */
function reachesAlike(a: Tombstone, b: Tombstone): boolean {
  return a.tier === b.tier && a.area === b.area && isDeepStrictEqual(a.scope, b.scope);
}
