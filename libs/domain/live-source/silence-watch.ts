/** Below this a stretch of sound counts as silence, in dBFS RMS. A quiet office recorded with a headset lies near -60. */
export const SILENCE_DBFS = -55;
/** So long nothing was said: the speaker is reminded, then the voice is held (issue "Live voice"). */
export const SILENCE_TICK_MS = 12_000;
export const SILENCE_STOP_MS = 20_000;

/** `speaking`; `reminded`: nothing for 12 s; `held`: nothing for 20 s, and nothing is sent until the speaker resumes. */
export type SilenceState = 'speaking' | 'reminded' | 'held';

export interface SilenceWatch {
  /** The level of the stretch that ends at `at`, RMS dBFS; times by any clock that does not go back. */
  heard(levelDbfs: number, at: number): SilenceState;
  /** The speaker's press: whatever was held goes on. */
  resume(at: number): void;
}

/**
 * An open microphone that nobody speaks into keeps others from the loudspeakers. Sound ends the reminder by itself, never the
 * holding: whoever walks past a forgotten microphone would be on the air. A stretch without a level (NaN) is silence.
 */
export function createSilenceWatch(begunAt: number): SilenceWatch {
  let soundAt = begunAt;
  return {
    heard: (levelDbfs, at) => {
      if (at - soundAt >= SILENCE_STOP_MS) return 'held';
      if (levelDbfs > SILENCE_DBFS) soundAt = at;
      return at - soundAt >= SILENCE_TICK_MS ? 'reminded' : 'speaking';
    },
    resume: (at) => {
      soundAt = at;
    },
  };
}
