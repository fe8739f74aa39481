import type { CardEnd, CardJob, SoundCard } from './sound-card';

/** Lets somebody look on: every first sample and every end of a card's jobs. */
export function watchedCard(card: SoundCard, onFirst: (job: CardJob) => void, onEnd: (job: CardJob, end: CardEnd) => void): SoundCard {
  return {
    frameNow: () => card.frameNow(),
    silence: (fadeMs) => card.silence(fadeMs),
    schedule: (job) => card.schedule({
      ...job,
      onFirstSample: (frame) => {
        onFirst(job);
        job.onFirstSample(frame);
      },
      onEnd: (end) => {
        onEnd(job, end);
        job.onEnd(end);
      },
    }),
  };
}
