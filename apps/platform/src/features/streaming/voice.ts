import type { Digest, LiveEnd, LiveServerFrame, LiveView, MessageId, PersonId, PlatformId, StreamId, TerminalId } from '#libs/contracts';
import type { Rank } from '#libs/domain';
import type { LiveBlock } from '#libs/envelope';
import type { BlockBefore, LiveGrant } from '#libs/trust';
import type { VoiceRecord } from './voice-record';

/** More refused blocks than these in this time are no accident. */
const MOST_REFUSED = 20;
const REFUSED_WITHIN_MS = 10_000;

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
  source: VoiceSource | undefined;
  before: BlockBefore | null;
  ended: LiveEnd | undefined;
  /** Its source has said END: nothing comes behind it. */
  isSaid = false;
  refused = 0;
  listening = 0;
  behind = 0;
  /** What was said to the source of who has its loudspeakers. */
  preemptedAs = 'null';
  readonly hearers = new Set<Hearer>();
  private refusals: readonly number[] = [];

  /** `heardFromAt`: when its source was last heard of, monotonic ms. */
  constructor(readonly facts: VoiceFacts, readonly record: VoiceRecord, before: BlockBefore | null, public heardFromAt: number) {
    this.before = before;
  }

  get lastSeq(): number {
    return this.before?.seq ?? 0;
  }

  get state(): LiveView['state'] {
    return this.ended !== undefined ? 'ended' : this.source === undefined ? 'away' : 'speaking';
  }

  /** Counts a refused block; true when they are too many. */
  countRefused(monotonicMs: number): boolean {
    this.refused += 1;
    this.refusals = [...this.refusals.filter((at) => at > monotonicMs - REFUSED_WITHIN_MS), monotonicMs];
    return this.refusals.length > MOST_REFUSED;
  }
}
