import type { Clock } from '../clock';
import type { Unit } from '../hardware/unit';

/** Asked so often; two answers in a row count, so that the tail of a sound is none and the alarm comes within a minute. */
const EVERY_MS = 15_000;
const IN_A_ROW = 2;
/** What the loopback hears of nothing, hundredths of a dBFS. */
const NOISE_CENTI_DBFS = -7_500;
/** As long as it goes on it is told again after this. */
const AGAIN_MS = 600_000;

/**
 * Sound behind the card while nothing of ours plays (facts T40): somebody has got at the amplifier or at this program. A
 * box without a loopback cannot know. `isPlaying` says whether the player has the card.
 */
export function watchForeignSound(clock: Pick<Clock, 'monotonicMs' | 'setTimer'>, unit: Pick<Unit, 'hearsNow'>, isPlaying: () => boolean, tell: () => void): void {
  const { hearsNow } = unit;
  if (hearsNow === undefined) return;
  let heard = 0;
  let toldAt = -Infinity;
  const look = (): void => {
    const level = isPlaying() ? null : hearsNow();
    heard = level !== null && level >= NOISE_CENTI_DBFS ? heard + 1 : 0;
    if (heard >= IN_A_ROW && clock.monotonicMs() - toldAt >= AGAIN_MS) {
      toldAt = clock.monotonicMs();
      tell();
    }
    clock.setTimer(EVERY_MS, look);
  };
  clock.setTimer(EVERY_MS, look);
}
