import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { assignmentSchema, envelopeSchema, LIMITS, platformIdSchema, revocationEntrySchema, revokedCertificateSchema, type EnvelopeShape, type PlatformId, type RefusalCode, type TerminalId, type Versions } from '#libs/contracts';
import { wordOf } from '#libs/envelope';
import { ancestryOf, documentsInForce, lineageOf, memoryOf, pickAssignment, verifyAssignment, versionsFor, withMemory, type TerminalAssignment, type TrustState } from '#libs/trust';
import type { Clock } from '../clock';
import type { Disk } from '../hardware/disk';
import { stateFile, type StateFile } from '../hardware/state-file';
import type { TrustSteps } from './trust-steps';

/**
 * File `trust`: every document in force in the order in which it must be read, and verified, again, and what those that
 * fell have left behind; both in one durable write. File `assignment`: where this terminal stands. It was verified when it came and is not judged again after a start, because an officer who
 * has left since does not take back what was signed.
 */
const memorySchema = z.strictObject({
  floors: z.record(z.string(), z.strictObject({ version: z.int(), digest: z.string(), issuedAt: z.int() })),
  revoked: z.record(z.string(), z.array(revocationEntrySchema)),
  /** Written before certificates were revoked: none. */
  certificates: z.array(revokedCertificateSchema).default([]),
  fallen: z.record(z.string(), z.strictObject({ version: z.int(), lineage: z.array(platformIdSchema), signers: z.array(z.string()) })),
  parents: z.record(z.string(), platformIdSchema.nullable()),
});
const trustFileSchema = z.union([
  z.strictObject({ documents: z.array(envelopeSchema), memory: memorySchema }),
  // Written before there was a memory.
  z.array(envelopeSchema).transform((documents) => ({ documents, memory: { floors: {}, revoked: {}, certificates: [], fallen: {}, parents: {} } })),
]);
type TrustFile = z.infer<typeof trustFileSchema>;
const assignmentFileSchema = assignmentSchema.shape.terminals.element.extend({ platform: platformIdSchema });
type AssignmentFile = z.infer<typeof assignmentFileSchema>;

/** Documents that wait for the one they stand on: at most so many, `LIMITS.holdMs` each. */
const MAX_WAITING = 64;

interface Waiting {
  readonly document: EnvelopeShape;
  /** Monotonic ms. */
  readonly since: number;
  readonly code: RefusalCode;
}

export interface StandingEvents {
  /** Something new is in force. */
  onChanged(): void;
  onRefused(document: EnvelopeShape, code: RefusalCode): void;
}

/**
 * What this terminal believes: the documents of its lineage and its own assignment. Documents may come in any order and
 * more than once; one whose signer is not known yet waits for the rest.
 */
export class Standing {
  private state: TrustState;
  private placed: TerminalAssignment | null = null;
  private waiting: readonly Waiting[] = [];
  private readonly trustFile: StateFile<TrustFile>;
  private readonly assignmentFile: StateFile<AssignmentFile>;

  /** Begins with the state of the pinned root. */
  constructor(
    root: TrustState, disk: Disk, private readonly clock: Clock, private readonly steps: TrustSteps,
    private readonly self: () => { readonly terminal: TerminalId; readonly keyId: string } | null, private readonly events: StandingEvents,
  ) {
    this.state = root;
    this.trustFile = stateFile(disk, 'trust', trustFileSchema, () => trustFileOf(this.state));
    this.assignmentFile = stateFile(disk, 'assignment', assignmentFileSchema, () => assignmentFileSchema.parse(this.placed));
  }

  get trust(): TrustState {
    return this.state;
  }

  get assignment(): TerminalAssignment | null {
    return this.placed;
  }

  /** Reads back what the disk holds; false when something of it was lost and must be pulled again. */
  async load(): Promise<boolean> {
    const [documents, assignment] = await Promise.all([this.trustFile.load(), this.assignmentFile.load()]);
    if (documents.kind === 'whole') {
      for (const document of documents.value.documents) {
        const next = this.steps.apply(this.state, document, null);
        if (next.ok) this.state = next.value;
      }
      this.state = withMemory(this.state, documents.value.memory);
    }
    if (assignment.kind === 'whole') this.placed = assignment.value;
    return documents.kind !== 'corrupt' && assignment.kind !== 'corrupt' && !this.hasForgotten();
  }

  /** This terminal's platform, its parent, and so on; empty before the assignment. */
  lineage(): readonly PlatformId[] {
    return this.assignment === null ? [] : lineageOf(this.state, this.assignment.platform);
  }

  /** Whether every document of the lineage is here; without one of them a genuine order may look foreign. */
  isComplete(): boolean {
    const lineage = this.lineage();
    return lineage.length > 0 && lineage.every((platform) => this.state.rosters.has(platform));
  }

  /** What the exchange reports; null before there is anything to report. */
  versions(): Versions | null {
    if (this.state.charters.size === 0 && this.state.rootChain.length === 1) return null;
    return versionsFor(this.state, this.assignment === null ? [...this.state.charters.keys()] : ancestryOf(this.state, this.assignment.platform));
  }

  /** Takes documents and assignments as they come; resolves when what is new lies on the disk. */
  async take(documents: readonly EnvelopeShape[], now: number | null): Promise<void> {
    const before = this.state;
    const placedBefore = this.placed;
    const fresh = documents.filter((document) => !this.waiting.some((known) => isDeepStrictEqual(known.document, document))).map((document) => ({ document, since: this.clock.monotonicMs(), code: 'REJ_KEY_UNKNOWN' as const }));
    let open: readonly Waiting[] = [...fresh, ...this.waiting];
    for (let progress = true; progress && open.length > 0;) {
      const left = open.map((entry) => this.takeOne(entry, now)).filter((entry) => entry !== undefined);
      progress = left.length < open.length;
      open = left;
    }
    this.waiting = open.slice(0, MAX_WAITING);
    this.giveUp();
    if (this.state === before && this.placed === placedBefore) return;
    this.events.onChanged();
    // In this order: a place lies on the disk only where its documents do.
    if (this.state !== before) await this.trustFile.save();
    if (this.placed !== placedBefore) await this.assignmentFile.save();
  }

  /** Puts on the disk what it once refused. */
  async save(): Promise<void> {
    await this.trustFile.save();
    if (this.placed !== null) await this.assignmentFile.save();
  }

  /** Refuses what waited in vain; also called from time to time when nothing comes. */
  giveUp(): void {
    const tooOld = (entry: Waiting) => this.clock.monotonicMs() - entry.since >= LIMITS.holdMs;
    for (const entry of this.waiting.filter(tooOld)) this.events.onRefused(entry.document, entry.code);
    this.waiting = this.waiting.filter((entry) => !tooOld(entry));
  }

  /** Whether it stands somewhere by documents of which nothing is left, however whole the file looks: revocations are gone with them. */
  private hasForgotten(): boolean {
    return this.placed !== null && this.state.charters.size === 0 && this.state.fallen.size === 0;
  }

  /** Undefined when it is dealt with; otherwise it waits for another document. */
  private takeOne(entry: Waiting, now: number | null): Waiting | undefined {
    const code = wordOf(entry.document.payloadType) === 'assignment' ? this.assign(entry.document) : this.apply(entry.document, now);
    // What is missing may come with the next document; an old version or a broken signature never mends.
    if (code === 'REJ_KEY_UNKNOWN' || code === 'REJ_LINEAGE' || code === 'REJ_VERSIONS') return { ...entry, code };
    if (code !== undefined) this.events.onRefused(entry.document, code);
    return undefined;
  }

  private apply(document: EnvelopeShape, now: number | null): RefusalCode | undefined {
    const next = this.steps.apply(this.state, document, now);
    if (!next.ok) return next.code;
    this.state = next.value;
    return undefined;
  }

  private assign(envelope: EnvelopeShape): RefusalCode | undefined {
    const self = this.self();
    if (self === null) return 'REJ_KEY_UNKNOWN';
    const verified = verifyAssignment(this.state, envelope);
    if (!verified.ok) return verified.code;
    const picked = pickAssignment(this.state, verified.value, self.terminal, self.keyId, this.placed);
    if (picked.ok) {
      this.placed = picked.value;
      return undefined;
    }
    const again = verified.value.assignment.terminals.find((entry) => entry.terminal === self.terminal);
    return again !== undefined && again.version === this.placed?.version ? undefined : picked.code;
  }
}

function trustFileOf(state: TrustState): TrustFile {
  return { documents: documentsInForce(state).map((document) => envelopeSchema.parse(document)), memory: memorySchema.parse(memoryOf(state)) };
}
