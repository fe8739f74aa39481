import { setTimeout as sleep } from 'node:timers/promises';
import { CaptureFailedError, evanOpus, runCapture, type Capture, type RunningCapture } from '#libs/audio';
import { SOURCE_AWAY_MS, type LiveEnd } from '#libs/contracts';
import { createBlockBuilder, paceOf, speakingTimes, type BlockAfter, type PaceKind, type SealedBlock } from '#libs/domain';
import { NO_BLOCK_BEFORE } from '#libs/envelope';
import { sha256, type Signer } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import type { TakeBlock } from './take-block';
import type { Voice, VoiceSource } from './voice';

const BITRATE = 32_000;
const COMPLEXITY = 5;
/** A voice that is older than this when it is taken up ran before; what a crash took from its record loudspeakers may have heard. */
const RESTARTED_MS = 1_000;
/** So many numbers are left out then, five seconds of blocks: none is ever given to two different blocks. */
const LEFT_OUT = 50;
/** From a capture that broke off to the next try. */
const AGAIN_MS = 1_000;

export interface HeldVoiceParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly takeBlock: TakeBlock;
  readonly signer: Signer;
  readonly capture: Capture;
  readonly kind: PaceKind;
}

/**
 * The source of one voice that the server says itself: captures in a process apart, encodes, signs blocks with the voice's
 * own key and hands them in like every source, judged by the same rule. A capture that breaks off is begun anew for as long
 * as any source may be away; a stream that ends by itself ends the voice, and so does the end of the grant.
 */
export class HeldVoice implements VoiceSource {
  private running: RunningCapture | undefined;
  private isOver = false;

  constructor(private readonly parts: HeldVoiceParts) {}

  send(): void {
    // Nobody sits here who could be told.
  }

  end(_code: LiveEnd): void {
    this.isOver = true;
    this.running?.close();
  }

  mayGoOn(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Ends when the voice has, or when this server lets go of it. */
  async say(voice: Voice): Promise<void> {
    const { clock, log, signer, capture, kind } = this.parts;
    const { stream, grant: { live, startAt } } = voice.facts;
    const times = speakingTimes(live, startAt);
    const now = (): number => clock.now();
    const builder = createBlockBuilder(stream, live, { sign: async (bytes) => signer.sign(bytes), sha256: async (bytes) => sha256(bytes) }, behind(voice, now()));
    const encoder = evanOpus.createEncoder({ bitrate: BITRATE, complexity: COMPLEXITY });
    const pace = paceOf(kind, {
      times, clock: { sleep: (ms) => sleep(ms) }, now, isReady: () => true, isWanted: () => !this.isOver, lagMs: encoder.lookaheadSamples / 48, lateMs: live.delayMs / 2,
    });
    let heardAt = clock.monotonicMs();
    while (!this.isOver) {
      this.running = runCapture(capture);
      try {
        for await (const frame of this.running.frames) {
          heardAt = clock.monotonicMs();
          const place = this.isOver ? 'over' : await pace.place();
          if (place === 'over') break;
          if (place !== 'skip' && !this.isOver) await this.handIn(voice, await builder.add(encoder.encode(frame), place.capturedAt));
        }
        break;
      } catch (cause) {
        if (!(cause instanceof CaptureFailedError)) throw cause;
        log.warn('streaming.held-source-failed', { stream }, cause);
        if (clock.monotonicMs() - heardAt > SOURCE_AWAY_MS) break;
        await this.handIn(voice, await builder.flush());
        pace.restart();
        await sleep(AGAIN_MS);
      } finally {
        this.running.close();
      }
    }
    if (!this.isOver) await this.handIn(voice, [await builder.end(Math.max(now(), times.from))]);
  }

  private async handIn(voice: Voice, blocks: readonly SealedBlock[]): Promise<void> {
    for (const { bytes } of blocks) {
      await this.parts.takeBlock.run(voice, this, bytes, () => undefined);
    }
  }
}

/** Which block the first one follows; undefined of a voice that begins. */
function behind({ before, facts: { startedAt } }: Voice, now: number): BlockAfter | undefined {
  if (before === null && now - startedAt < RESTARTED_MS) return undefined;
  return { seq: (before?.seq ?? 0) + LEFT_OUT, previousOfNext: before?.previousOfNext ?? NO_BLOCK_BEFORE };
}
