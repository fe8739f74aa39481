import type { SoundCard } from './sound-card';

/** `CLARION_SOUND=none`: keeps a card's time, and says of everything given to it that it was not sounded. Nobody may count it as heard. */
export function soundlessCard(card: SoundCard): SoundCard {
  return {
    frameNow: () => card.frameNow(),
    silence: (fadeMs) => card.silence(fadeMs),
    schedule: (job) => card.schedule({
      ...job,
      onFirstSample: () => undefined,
      onEnd: ({ frame, how }) => job.onEnd({ frame, how: how === 'cut' ? 'cut' : 'failed', digest: null, levelCentiDbfs: null }),
    }),
  };
}
