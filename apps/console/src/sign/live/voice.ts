import type { LiveBody } from '#libs/contracts';
import {
  createBlockBuilder, createCaptureTimes, createSilenceWatch, createUntakenBlocks, type BlockSeal, type SealedBlock, type SilenceState, type SpeakingTimes,
} from '#libs/domain';
import { PACKET_MS } from '#libs/envelope';
import { levelDbfs } from './level';

/** Takes 20 ms of mono sound at 48 kHz; gives each packet in order to the one it was made with. */
export interface VoiceEncoder {
  encode(samples: Float32Array): void;
  /** Everything that was taken has been given. */
  drained(): Promise<void>;
  close(): void;
}

export type MakeEncoder = (onPacket: (packet: Uint8Array) => void, onFault: (cause: unknown) => void) => Promise<VoiceEncoder>;

export interface VoiceEvents {
  /** A block that is to be sent now. */
  block(bytes: Uint8Array): void;
  silence(state: SilenceState): void;
  /** No more of this voice can be signed or encoded. */
  fault(cause: unknown): void;
}

export interface VoicePlan {
  readonly stream: string;
  readonly live: Pick<LiveBody, 'blockMs'>;
  readonly times: SpeakingTimes;
  /** What lies between sound and frame on this device, ms. */
  readonly lagMs: number;
}

export interface Voice {
  /** 20 ms of sound that ended at `now`, district Unix ms. */
  take(samples: Float32Array, now: number): void;
  /** The microphone was away: what comes does not follow what was. */
  restart(): void;
  /** Time went on without sound. */
  quiet(now: number): void;
  resume(now: number): void;
  taken(seq: number): void;
  /** What must be sent again on a new connection. */
  again(nextSeq: number, now: number): readonly Uint8Array[];
  /** Signs the last block. Nothing is taken afterwards. */
  end(now: number): Promise<void>;
  close(): void;
}

/** Bits a second: a voice at full band (RFC 6716 2.1.1: 24 to 32 kb/s for fullband speech). */
export const BITRATE = 24_000;
/** Opus looks so far ahead before a packet is whole (RFC 7845 4.2: 312 samples), ms. */
const LOOKAHEAD_MS = 6.5;

/**
 * From the microphone's frames to signed blocks: what falls under the opening or behind the last moment is left out, and
 * while the voice is held nothing is encoded at all. Each packet bears the time at which its sound was captured.
 */
export async function createVoice({ stream, live, times, lagMs }: VoicePlan, seal: BlockSeal, make: MakeEncoder, on: VoiceEvents, begunAt: number): Promise<Voice> {
  const builder = createBlockBuilder(stream, live, seal);
  const captures = createCaptureTimes({ lagMs: lagMs + LOOKAHEAD_MS });
  const watch = createSilenceWatch(Math.max(begunAt, times.from));
  const untaken = createUntakenBlocks();
  const capturedAts: number[] = [];
  let silence: SilenceState = 'speaking';
  let isOver = false;

  const out = (blocks: readonly SealedBlock[]): void => {
    for (const block of blocks) {
      untaken.add(block);
      on.block(block.bytes);
    }
  };
  const sealed = (blocks: Promise<readonly SealedBlock[]>): Promise<void> => blocks.then(out, on.fault);
  const encoder = await make((packet) => {
    const capturedAt = capturedAts.shift();
    if (capturedAt !== undefined) void sealed(builder.add(packet, capturedAt));
  }, on.fault);
  const watched = (level: number, now: number): void => {
    const state = watch.heard(level, now);
    if (state === silence) return;
    silence = state;
    if (state === 'held') void sealed(builder.flush());
    on.silence(state);
  };

  return {
    take: (samples, now) => {
      const capturedAt = captures.next(now);
      if (isOver || capturedAt === undefined || capturedAt < times.from || capturedAt + PACKET_MS > times.until) return;
      watched(levelDbfs(samples), now);
      if (silence === 'held') return;
      capturedAts.push(capturedAt);
      encoder.encode(samples);
    },
    restart: captures.restart,
    quiet: (now) => {
      if (!isOver && now >= times.from) watched(NaN, now);
    },
    resume: (now) => {
      watch.resume(now);
      silence = 'speaking';
      on.silence(silence);
    },
    taken: untaken.taken,
    again: (nextSeq, now) => untaken.again(nextSeq, now).map(({ bytes }) => bytes),
    end: async (now) => {
      if (isOver) return;
      isOver = true;
      await encoder.drained();
      await sealed(builder.end(Math.min(Math.max(now, times.from), times.until)).then((last) => [last]));
    },
    close: () => {
      isOver = true;
      encoder.close();
    },
  };
}
