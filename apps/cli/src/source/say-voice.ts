import { evanOpus, rmsDbfs } from '#libs/audio';
import { SOURCE_AWAY_MS, type LiveBody } from '#libs/contracts';
import { createBlockBuilder, createSilenceWatch, paceOf, speakingTimeAt, speakingTimes, type BlockSeal } from '#libs/domain';
import { PACKET_MS } from '#libs/trust';
import type { Clock } from '../clock';
import type { Sound } from './sound';
import type { Ready, SourceLink } from './source-link';

const COMPLEXITY = 5;
/** The end may wait as long for the platform as the platform waits for the source. */
const END_MS = SOURCE_AWAY_MS;

/** Why nothing more was said: the source ended; its grant did; nobody spoke and nobody pressed; its operator ended it; the platform did. */
export type SaidWhy = 'said' | 'over' | 'held' | 'interrupted' | 'ended';

export interface Said {
  readonly why: SaidWhy;
  readonly saidMs: number;
  /** Whether every block is on record. */
  readonly isTaken: boolean;
}

export interface Speaker {
  readonly link: Pick<SourceLink, 'now' | 'isReady' | 'ended' | 'told' | 'send' | 'changed'>;
  readonly sound: Sound;
  readonly live: LiveBody;
  readonly ready: Ready;
  readonly seal: BlockSeal;
  readonly clock: Clock;
  /** Holds a voice in which nothing is said (libs/domain `silence-watch`). */
  readonly watchesSilence: boolean;
  isInterrupted(): boolean;
  /** Of what the operator should know at once. */
  warn(line: string): void;
  /** Whether the operator pressed Enter; may never be told. */
  press(): Promise<boolean>;
}

/** Says a source's sound under a grant whose turn it has, from behind the opening to the source's or the grant's end, and ends it. */
export async function sayVoice(speaker: Speaker): Promise<Said> {
  const { link, sound, live, ready, seal, clock, warn } = speaker;
  const now = (): number => link.now() ?? ready.startAt;
  const isWanted = (): boolean => link.ended === undefined && !speaker.isInterrupted();
  const isSaid = (): boolean => link.ended?.code === 'LIVE_SAID';
  const times = speakingTimes(live, ready.startAt);
  const builder = createBlockBuilder(ready.stream, live, seal);
  const encoder = evanOpus.createEncoder({ bitrate: sound.bitrate, complexity: COMPLEXITY });
  const pace = paceOf(sound.kind, { times, clock, now, isReady: () => link.isReady, isWanted, lagMs: encoder.lookaheadSamples / 48, lateMs: live.delayMs / 2 });
  const silence = silenceOf(speaker, Math.max(now(), times.from));
  let why: SaidWhy = 'said';
  let packets = 0;
  let isWarned = false;
  /** Why it is over; undefined while it goes on. */
  const say = async (frame: Int16Array): Promise<SaidWhy | undefined> => {
    const place = await pace.place();
    if (place === 'over') return 'over';
    if (place === 'skip' || !isWanted()) return undefined;
    switch (silence(frame, now())) {
      case 'away': return 'held';
      case 'held':
        (await builder.flush()).forEach((block) => { link.send(block); });
        return undefined;
      case 'resumed':
        pace.restart();
        return undefined;
      case 'speaking':
    }
    if (!isWarned && sound.durationMs === undefined && speakingTimeAt(times, place.capturedAt).kind === 'warned') {
      isWarned = true;
      const leftSeconds = Math.round((times.until - place.capturedAt) / 1_000);
      warn(`${leftSeconds} s are left / 还剩 ${leftSeconds} 秒`);
    }
    packets += 1;
    for (const block of await builder.add(encoder.encode(frame), place.capturedAt)) link.send(block);
    return undefined;
  };
  const ending = async (): Promise<Said> => {
    sound.close();
    const saidMs = packets * PACKET_MS;
    if (link.ended !== undefined) return { why: 'ended', saidMs, isTaken: false };
    const end = await builder.end(Math.min(Math.max(now(), times.from), times.until));
    link.send(end);
    const until = clock.monotonic() + END_MS;
    while (link.ended === undefined && link.told.takenSeq < end.seq && clock.monotonic() < until) await Promise.race([link.changed(), clock.sleep(200)]);
    return { why: speaker.isInterrupted() ? 'interrupted' : why, saidMs, isTaken: isSaid() || link.told.takenSeq >= end.seq };
  };
  try {
    for await (const frame of sound.frames) {
      const over = isWanted() ? await say(frame) : why;
      if (over === undefined) continue;
      why = over;
      break;
    }
  } catch (cause) {
    // Whatever became of the sound, its voice is ended.
    await ending();
    throw cause;
  }
  return ending();
}

type Heard = 'speaking' | 'held' | 'resumed' | 'away';

/** Reminds, then holds; Enter lets it go on. Held for longer than the platform keeps a place it is over. */
function silenceOf({ watchesSilence, warn, press }: Speaker, begunAt: number): (frame: Int16Array, at: number) => Heard {
  if (!watchesSilence) return () => 'speaking';
  const watch = createSilenceWatch(begunAt);
  let isReminded = false;
  let heldAt: number | undefined;
  let isPressed = false;
  return (frame, at) => {
    if (heldAt !== undefined && isPressed) {
      watch.resume(at);
      [heldAt, isPressed, isReminded] = [undefined, false, false];
      return 'resumed';
    }
    const state = watch.heard(rmsDbfs(Float32Array.from(frame, (sample) => sample / 32_768)), at);
    if (state === 'held' && heldAt === undefined) {
      heldAt = at;
      warn(`nothing was heard for 20 s: the voice is held; Enter goes on, else it ends in ${SOURCE_AWAY_MS / 1000} s / 静音超时已暂停，按回车继续`);
      void press().then((pressed) => { isPressed = pressed; });
    }
    if (heldAt !== undefined) return at - heldAt >= SOURCE_AWAY_MS ? 'away' : 'held';
    if (state === 'reminded' && !isReminded) warn('\u0007nothing is heard: is the microphone open? / 没有声音，请检查话筒');
    isReminded = state === 'reminded';
    return 'speaking';
  };
}
