/** Frames are due every 20 ms; without one that may be sound for so long the microphone counts as lost. */
const LOST_MS = 500;
/** A device that hears never gives exact zeros for longer: it was muted on itself, or the browser gives them in its place. */
const ZEROS_MS = 1_000;
/** A microphone that lives and gives nothing is given so long before another is asked for. */
const ASK_EVERY_MS = 2_000;

/** How the track stands at this moment. */
export interface TrackLook {
  readonly ended: boolean;
  readonly muted: boolean;
}

/** Times are monotonic ms. */
export interface MicrophoneWatch {
  /** 20 ms were handed over; false: they are not the voice's. A sound, and that alone, brings a lost microphone back. */
  takes(samples: Float32Array, track: TrackLook, now: number): boolean;
  look(track: TrackLook, now: number): void;
  isLost(): boolean;
  /** Whether another microphone should be asked for now. */
  asks(track: TrackLook, now: number): boolean;
  asked(now: number): void;
}

/**
 * Decides whether a microphone is lost. Of a track that has ended or is muted a browser gives zeros for ever: they are
 * no voice, and nobody may be told to speak into them.
 */
export function createMicrophoneWatch(begunAt: number): MicrophoneWatch {
  let frameAt = begunAt;
  let zerosSince: number | undefined;
  let askedAt = -Infinity;
  let isLost = false;
  return {
    takes: (samples, { ended, muted }, now) => {
      if (ended || muted) return false;
      frameAt = now;
      if (samples.some((sample) => sample !== 0)) {
        zerosSince = undefined;
        isLost = false;
        return true;
      }
      zerosSince ??= now;
      return !isLost && now - zerosSince <= ZEROS_MS;
    },
    look: ({ ended }, now) => {
      if (ended || now - frameAt >= LOST_MS || (zerosSince !== undefined && now - zerosSince > ZEROS_MS)) isLost = true;
    },
    isLost: () => isLost,
    asks: ({ ended }, now) => isLost && (ended || now - askedAt >= ASK_EVERY_MS),
    asked: (now) => {
      askedAt = now;
    },
  };
}
