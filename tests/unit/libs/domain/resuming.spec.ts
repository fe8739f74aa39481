import { resumingOf } from '#libs/domain';
import { seededRandom } from '../../../support/seeded-random';

const NOW = 1_800_000_000_000;
const body = { segments: [{ durationMs: 5_000 }, { durationMs: 10_000 }] } as unknown as Parameters<typeof resumingOf>[0]['body'];
const message = { body, gapMs: 1_000, repeats: 3 };
const again = { startAt: NOW + 20_000, notAfter: NOW + 3_600_000, repeats: 3 };
/** Began at NOW, stopped after so long; goes on at NOW + 20 s. */
const after = (ms: number, now = NOW, set: Partial<typeof again> = {}) => resumingOf(message, NOW, NOW + ms, { ...again, ...set }, now);

describe('where a stopped item goes on', () => {
  it('is where its timetable stood when the stop was given', () => {
    expect(after(6_250)).toEqual({ repetition: 1, fromMs: 6_250, startAt: NOW + 20_000, timetableStartAt: NOW + 13_750 });
    expect(after(16_000)).toMatchObject({ repetition: 2, fromMs: 0, timetableStartAt: NOW + 4_000 });
    expect(after(16_000 + 14_999)).toMatchObject({ repetition: 2, fromMs: 14_999 });
  });

  it('is the next repetition after a stop in a gap, and the beginning for one from before it', () => {
    expect(after(15_000)).toMatchObject({ repetition: 2, fromMs: 0, startAt: NOW + 20_000, timetableStartAt: NOW + 4_000 });
    expect(after(-5_000)).toMatchObject({ repetition: 1, fromMs: 0, timetableStartAt: NOW + 20_000 });
  });

  it('is nowhere when everything was said, or the window is over', () => {
    expect(after(2 * 16_000 + 15_000)).toBeNull();
    expect(after(2 * 16_000 + 14_999)).toMatchObject({ repetition: 3 });
    expect(after(16_000, NOW, { repeats: 1 })).toBeNull();
    expect(after(6_000, NOW, { notAfter: NOW + 20_000 })).toBeNull();
    expect(after(6_000, NOW + 3_600_000)).toBeNull();
  });

  it('is the next boundary of the moved timetable for a terminal that comes late', () => {
    expect(after(6_000, NOW + 20_000)).toMatchObject({ repetition: 1, fromMs: 6_000 });
    expect(after(6_000, NOW + 20_001)).toEqual({ repetition: 2, fromMs: 0, startAt: NOW + 14_000 + 16_000, timetableStartAt: NOW + 14_000 });
    expect(after(6_000, NOW + 30_001)).toMatchObject({ repetition: 3, startAt: NOW + 14_000 + 32_000 });
    expect(after(6_000, NOW + 46_001)).toBeNull();
  });

  it('says every moment that was not yet said, once: nothing twice and nothing left out', () => {
    const random = seededRandom(5);
    for (let run = 0; run < 500; run += 1) {
      const stopped = random.int(48_000);
      const found = after(stopped);
      const period = 16_000;
      const saidMs = Math.floor(stopped / period) * 15_000 + Math.min(stopped % period, 15_000);
      const leftMs = found === null ? 0 : (3 - found.repetition + 1) * 15_000 - found.fromMs;
      expect(saidMs + leftMs).toBe(45_000);
      if (found !== null) expect(found.timetableStartAt + (found.repetition - 1) * period + found.fromMs).toBe(found.startAt);
    }
  });
});
