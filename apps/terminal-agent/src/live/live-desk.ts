import { digestSchema, LIMITS, type Digest, type DispatchId, type FailureReason, type RefusalCode, type TerminalFrame } from '#libs/contracts';
import { PLAY_SLACK_MS } from '#libs/domain';
import { parseLiveBlock } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { VerifyBlock } from '#libs/trust';
import type { Refusals } from '../admit/refusals';
import type { Clock, Timer } from '../clock';
import type { CardVoice } from '../hardware/card-voice';
import type { CardTime } from '../playout/card-time';
import type { PlacedOrder } from '../playout/placed-order';
import type { LiveVoices, Spoken } from '../playout/player-ports';
import { LiveStream } from './live-stream';

const EVERY_MS = 1_000;
/** The lease is looked at this little after it ends. */
const JUST_AFTER_MS = 1;

export interface LiveDeskPorts {
  readonly clock: Clock;
  /** District Unix ms with fractions; null while unknown. */
  readonly now: () => number | null;
  readonly cardTime: CardTime;
  readonly refusals: Refusals;
  /** Left out: every signature is verified here. */
  readonly verifies: VerifyBlock | undefined;
  send(frame: TerminalFrame): void;
}

export interface LiveDeskEvents {
  /** Nobody has leased it for long, or it ended while something else had the loudspeaker. */
  onOver(dispatchId: DispatchId, reason: FailureReason): void;
  /** Whether a voice is live here. */
  onLive(isLive: boolean): void;
}

/**
 * The living voices of this unit (design 5 "Live"): asks for their blocks, judges each before anything of it is kept, tells
 * once a second how far it is, and ends what nobody leases any more. What sounds when is the stream's plan, what becomes of
 * the order the player's.
 */
export class LiveDesk implements LiveVoices {
  private readonly streams = new Map<DispatchId, LiveStream>();
  private readonly toldAt = new Map<RefusalCode, number>();
  private timer: Timer | undefined;
  private toldProgressAt = -Infinity;

  constructor(private readonly ports: LiveDeskPorts, private readonly events: LiveDeskEvents) {}

  open(order: PlacedOrder): void {
    const { body } = order.message;
    if (!('live' in body)) return;
    const stream = new LiveStream(order, body.live, this.ports.verifies);
    this.streams.set(order.dispatch.dispatchId, stream);
    this.listen(stream);
    this.events.onLive(true);
    this.look();
  }

  voiceOf({ dispatch }: PlacedOrder, opensAt: number): CardVoice | undefined {
    const stream = this.streams.get(dispatch.dispatchId);
    return stream?.voice(opensAt, (frame) => this.ports.cardTime.districtAt(frame), (at) => this.isLeased(stream, at));
  }

  spokenOf({ dispatch }: PlacedOrder): Spoken | undefined {
    return this.streams.get(dispatch.dispatchId)?.spoken();
  }

  close({ dispatch }: PlacedOrder): void {
    const stream = this.streams.get(dispatch.dispatchId);
    if (!this.streams.delete(dispatch.dispatchId) || stream === undefined) return;
    this.ports.send({ kind: 'unlisten', stream: stream.stream });
    if (this.streams.size === 0) this.events.onLive(false);
    this.lookLater();
  }

  /** After each welcome: the server has forgotten who listens. */
  linkUp(): void {
    for (const stream of this.streams.values()) this.listen(stream);
  }

  /** A genuine beacon leases the voices of these grants. */
  leased(at: number, grants: readonly Digest[]): void {
    const now = this.ports.now();
    if (now === null) return;
    for (const { order, lease } of this.streams.values()) if (grants.includes(order.messageDigest)) lease.renew(at, now, this.ports.clock.monotonicMs());
    this.look();
  }

  /** A binary frame as it came. */
  receive(bytes: Uint8Array): void {
    const now = this.ports.now();
    // Without the time nobody can say whether it is of now.
    if (now === null) return;
    const named = bytes.length > LIMITS.liveBlockBytes ? undefined : parseLiveBlock(bytes)?.block.stream;
    const stream = [...this.streams.values()].find((other) => other.stream === named);
    const code = stream === undefined ? nobodys(bytes, named) : stream.take(bytes, now);
    if (code !== null) this.refuse(code, bytes);
  }

  /** Each refused block is counted; of those that an attacker alone can have sent at most one of each kind a second is told. */
  private refuse(code: RefusalCode, bytes: Uint8Array): void {
    const { clock, refusals } = this.ports;
    const at = clock.monotonicMs();
    if (at - (this.toldAt.get(code) ?? -Infinity) < EVERY_MS) return;
    this.toldAt.set(code, at);
    const command = { code, subject: digestSchema.parse(sha256Hex(bytes)), payloadType: null, keyIds: [] };
    // Of a voice that was just ended blocks are still on their way.
    if (code === 'REJ_STREAM') refusals.quietly(command);
    else refusals.refused(command);
  }

  private listen({ stream, progress }: LiveStream): void {
    this.ports.send({ kind: 'listen', stream, lastSeq: progress.lastSeq });
  }

  private isLeased({ lease }: LiveStream, at: number): boolean {
    const now = this.ports.now();
    return now !== null && lease.allows(now, this.ports.clock.monotonicMs(), at - now);
  }

  /** Ends what is over and tells how far the others are. */
  private look(): void {
    const { clock, now, send } = this.ports;
    const [at, monotonic] = [now(), clock.monotonicMs()];
    for (const stream of [...this.streams.values()]) {
      const reason = at === null ? null : overBy(stream, at, monotonic);
      if (reason !== null) this.events.onOver(stream.order.dispatch.dispatchId, reason);
    }
    if (monotonic - this.toldProgressAt >= EVERY_MS) {
      this.toldProgressAt = monotonic;
      for (const { stream, progress } of this.streams.values()) send({ kind: 'progress', stream, ...progress });
    }
    this.lookLater();
  }

  private lookLater(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.streams.size === 0) return;
    const { clock, now } = this.ports;
    const [at, monotonic] = [now(), clock.monotonicMs()];
    const rests = at === null ? [] : [...this.streams.values()].filter(({ isEndKnown }) => !isEndKnown).map(({ lease }) => lease.restMs(at, monotonic) + LIMITS.unleasedMs + JUST_AFTER_MS);
    this.timer = clock.setTimer(Math.min(Math.max(JUST_AFTER_MS, this.toldProgressAt + EVERY_MS - monotonic), ...rests), () => this.look());
  }
}

/** Why a voice is over on this unit; null while it is not. What is known to the end needs no lease, and ends by itself where it sounds. */
function overBy({ lease, isEndKnown, endsAt }: LiveStream, now: number, monotonicMs: number): FailureReason | null {
  if (now > endsAt + PLAY_SLACK_MS) return 'PREEMPTED';
  return !isEndKnown && lease.isGivenUp(now, monotonicMs) ? 'INTERRUPTED' : null;
}

function nobodys(bytes: Uint8Array, named: string | undefined): RefusalCode {
  if (bytes.length > LIMITS.liveBlockBytes) return 'REJ_SIZE';
  return named === undefined ? 'REJ_SHAPE' : 'REJ_STREAM';
}
