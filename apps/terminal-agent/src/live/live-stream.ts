import { streamIdSchema, type LiveBody, type RefusalCode, type StreamId } from '#libs/contracts';
import { judgeBlock, liveEndsAt, liveGrantOf, type BlockBefore, type LiveGrant, type VerifyBlock } from '#libs/trust';
import type { CardVoice } from '../hardware/card-voice';
import type { PlacedOrder } from '../playout/placed-order';
import type { Spoken } from '../playout/player-ports';
import { Lease } from './lease';
import { LiveEvidence } from './live-evidence';
import { PACKET_FRAMES, PlayoutPlan } from './playout-plan';

/** What is told of a stream once a second (contracts `terminalFrameSchema`, progress). */
export interface StreamProgress { readonly lastSeq: number; readonly late: number; readonly refused: number; readonly bufferMs: number }

const MOST_BUFFER_MS = 60_000;

/**
 * One living voice on this unit, from when its order was placed until its item is over: takes what the rules of its grant
 * take (`judgeBlock`, before anything of a block is kept), says what sounds when, and keeps the evidence of both. Behind the
 * END block nothing is taken.
 */
export class LiveStream {
  readonly grant: LiveGrant;
  readonly stream: StreamId;
  readonly lease: Lease;
  private readonly plan: PlayoutPlan;
  private readonly evidence: LiveEvidence;
  private before: BlockBefore | null = null;
  private refused = 0;

  constructor(readonly order: PlacedOrder, live: LiveBody, private readonly verifies: VerifyBlock | undefined) {
    this.grant = liveGrantOf(order.messageDigest, live, order.dispatch);
    this.stream = streamIdSchema.parse(this.grant.stream);
    this.lease = new Lease(order.dispatch.startAt);
    this.evidence = new LiveEvidence(live.held !== undefined);
    this.plan = new PlayoutPlan(order.dispatch.startAt + (live.chime?.durationMs ?? 0));
  }

  /** Null when it was taken. */
  take(bytes: Uint8Array, now: number): RefusalCode | null {
    const judged = judgeBlock(this.grant, this.before, bytes, now, this.verifies);
    // Behind the end stands nothing, whoever signed it; what is no block at all is called so first.
    const code = judged.ok ? (this.isEndKnown ? 'REJ_STREAM' : null) : judged.code;
    if (!judged.ok || code !== null) {
      this.refused += 1;
      return code;
    }
    this.before = judged.value.before;
    this.evidence.take(judged.value, this.plan.take(judged.value));
    return null;
  }

  get isEndKnown(): boolean {
    return this.plan.endsAt !== Infinity;
  }

  /** When its last sample is heard at the latest, district Unix ms. */
  get endsAt(): number {
    return Math.min(this.plan.endsAt, liveEndsAt(this.grant));
  }

  /**
   * What the card sounds of it where it begins or comes back: nothing that would have been heard before `opensAt`, and
   * nothing at a time, district Unix ms, for which nobody leases it. What is known to its end needs no lease.
   */
  voice(opensAt: number, districtAt: (frame: number) => number | null, isLeased: (at: number) => boolean): CardVoice {
    let opened = false;
    return {
      next: (frame) => {
        if (!opened) this.plan.reopen(opensAt);
        opened = true;
        const at = districtAt(frame);
        // Nobody knows what would have to sound now.
        if (at === null) return { kind: 'silence', frames: PACKET_FRAMES };
        if (at >= liveEndsAt(this.grant)) return undefined;
        return this.isEndKnown || isLeased(at) ? this.plan.next(at) : this.plan.rest(at);
      },
      sounded: ({ opus }) => this.evidence.sounded(opus),
    };
  }

  spoken(): Spoken {
    return { digest: this.evidence.playedDigest(), live: this.evidence.blocksTaken(), packets: this.evidence.packetsSounded() };
  }

  get progress(): StreamProgress {
    const { lastSeq, late } = this.evidence.blocksTaken();
    return { lastSeq, late, refused: this.refused, bufferMs: Math.min(MOST_BUFFER_MS, this.plan.readyMs) };
  }
}
