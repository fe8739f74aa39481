import type { SoundCard } from './sound-card';

/** `CLARION_SOUND=none`: keeps a card's time, and says of everything given to it that it was not sounded. Nobody may count it as heard. */
export function soundlessCard(card: SoundCard): SoundCard {
  return {
    frameNow: () => card.frameNow(),
    silence: (fadeMs) => card.silence(fadeMs),
    schedule: ({ voice, ...job }) => card.schedule({
      ...job,
      ...(voice === undefined ? {} : { voice: { next: (frame: number) => voice.next(frame), sounded: () => undefined } }),
      onFirstSample: () => undefined,
      onEnd: ({ frame, how }) => job.onEnd({ frame, how: how === 'cut' ? 'cut' : 'failed', digest: null, levelCentiDbfs: null }),
    }),
  };
}
