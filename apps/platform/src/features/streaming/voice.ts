import type { Digest, LiveEnd, LiveServerFrame, LiveView, MessageId, PersonId, PlatformId, StreamId, TerminalId } from '#libs/contracts';
import type { Rank } from '#libs/domain';
import type { LiveBlock } from '#libs/envelope';
import type { BlockBefore, LiveGrant } from '#libs/trust';
import type { VoiceRecord } from './voice-record';

/** More refused blocks than these in this time are no accident. */
const MOST_REFUSED = 20;
const REFUSED_WITHIN_MS = 10_000;
/** Whoever connects again and again with such blocks is reported no more often. */
const REPORT_EVERY_MS = 60_000;

/** The connection over which somebody speaks. */
export interface VoiceSource {
  send(frame: LiveServerFrame): void;
  /** Says why, and closes. */
  end(code: LiveEnd, holder?: string | null, until?: number | null): void;
  /** Who speaks is still allowed to. */
  mayGoOn(): Promise<boolean>;
}

/** Somebody who listens in. */
export interface Hearer {
  hear(block: LiveBlock): void;
  /** Nothing more comes. */
  over(): void;
  /** Who listens is still allowed to. */
  mayGoOn(): Promise<boolean>;
}

export interface VoiceFacts {
  readonly stream: StreamId;
  readonly message: MessageId;
  readonly digest: Digest;
  readonly platform: PlatformId;
  readonly author: PersonId;
  /** Who speaks, as people know him. */
  readonly holder: string;
  readonly title: string;
  /** By which loudspeakers decide who has them. */
  readonly rank: Rank;
  readonly terminals: ReadonlySet<TerminalId>;
  readonly grant: LiveGrant;
  readonly startedAt: number;
  readonly endsAt: number;
}

/** One living voice while it lasts: from its source's first `ready` until it ends for good. In memory; what lasts is its record and its row. */
export class Voice {
  before: BlockBefore | null;
  ended: LiveEnd | undefined;
  /** Its source has said END: nothing comes behind it. */
  isSaid = false;
  refused = 0;
  listening = 0;
  behind = 0;
  /** What was said to the source of who has its loudspeakers; undefined: nothing yet, and it may believe what is over. */
  preemptedAs: string | undefined;
  readonly hearers = new Set<Hearer>();
  private readonly connections = new Set<VoiceSource>();
  private floor: VoiceSource | undefined;
  /** The connection that brought the newest block that was taken. */
  private proved: VoiceSource | undefined;
  private readonly refusals = new WeakMap<VoiceSource, readonly number[]>();
  private heardAt: number;
  private reportedAt = -Infinity;

  /** `beganAt`: monotonic ms. */
  constructor(readonly facts: VoiceFacts, readonly record: VoiceRecord, before: BlockBefore | null, beganAt: number) {
    this.before = before;
    this.heardAt = beganAt;
  }

  /** The connection that has the floor. */
  get source(): VoiceSource | undefined {
    return this.floor;
  }

  /** That one, and those that wait behind it. */
  get sources(): readonly VoiceSource[] {
    return [...this.connections];
  }

  /** When its speaker was last heard of, monotonic ms. */
  get heardFromAt(): number {
    return this.heardAt;
  }

  get lastSeq(): number {
    return this.before?.seq ?? 0;
  }

  get state(): LiveView['state'] {
    return this.ended !== undefined ? 'ended' : this.source === undefined ? 'away' : 'speaking';
  }

  /** Lets a connection in under its author's session, which may be stolen: it has the floor where nobody has, else it waits until a block of it is taken. */
  admit(source: VoiceSource): void {
    this.connections.add(source);
    if (this.floor === undefined) this.giveFloor(source);
  }

  leave(source: VoiceSource): void {
    this.connections.delete(source);
    if (this.floor === source) this.giveFloor(this.sources.at(-1));
  }

  /** A block of this connection was taken, so the speaker's own device is behind it: the floor is its, and whoever had it goes. */
  prove(source: VoiceSource, monotonicMs: number): void {
    this.heardAt = monotonicMs;
    this.proved = source;
    const other = this.floor;
    if (other === source) return;
    this.giveFloor(source);
    other?.end('LIVE_REPLACED');
  }

  /** Something else came over it: keeps alive what this connection has said a block of, or what nobody has (the opening sounds). */
  hearOf(source: VoiceSource, monotonicMs: number): void {
    if (this.floor === source && (this.proved === source || this.before === null)) this.heardAt = monotonicMs;
  }

  /** Counts a refused block of this connection; true when they are too many. */
  countRefused(source: VoiceSource, monotonicMs: number): boolean {
    this.refused += 1;
    const refusals = [...(this.refusals.get(source) ?? []).filter((at) => at > monotonicMs - REFUSED_WITHIN_MS), monotonicMs];
    this.refusals.set(source, refusals);
    return refusals.length > MOST_REFUSED;
  }

  /** Whether too many refused blocks are to be reported now. */
  mayReport(monotonicMs: number): boolean {
    if (monotonicMs - this.reportedAt < REPORT_EVERY_MS) return false;
    this.reportedAt = monotonicMs;
    return true;
  }

  private giveFloor(source: VoiceSource | undefined): void {
    this.floor = source;
    this.preemptedAs = undefined;
  }
}
