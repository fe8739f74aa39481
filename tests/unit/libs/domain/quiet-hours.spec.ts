import { classSchema } from '#libs/contracts';
import { inDayBand, inQuietHours, minuteOfDay, outOfQuietHours, quietFor, quietHoursEnd } from '#libs/domain';
import { seededRandom } from '../../../support/seeded-random';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** A time of 21 November 2026 in China. */
const china = (hour: number, minute = 0, ms = 0): number => Date.UTC(2026, 10, 21, hour - 8, minute) + ms;
const NIGHT = [{ fromMinute: 1_260, toMinute: 390 }];

describe('the minute of the day', () => {
  it('is China Standard Time, on both sides of midnight and of 1970', () => {
    expect(minuteOfDay(china(0))).toBe(0);
    expect(minuteOfDay(china(23, 59, 59_999))).toBe(1_439);
    expect(minuteOfDay(0)).toBe(480);
    expect(minuteOfDay(-DAY - 8 * 60 * MINUTE)).toBe(0);
    for (let month = 0; month < 12; month += 1) expect(minuteOfDay(Date.UTC(2026, month, 1, 4))).toBe(720);
  });
});

describe('quiet hours', () => {
  it('over midnight begin and end on the minute', () => {
    const at = (hour: number, minute = 0, ms = 0): boolean => inQuietHours(NIGHT, china(hour, minute, ms));
    expect([at(20, 59, 59_999), at(21), at(23, 59, 59_999), at(24), at(30, 29, 59_999), at(30, 30), at(12)]).toEqual([false, true, true, true, true, false, false]);
  });

  it('inside one day, to midnight and of the whole day', () => {
    const noon = { fromMinute: 720, toMinute: 840 };
    expect([china(11, 59, 59_999), china(12), china(13, 59, 59_999), china(14)].map((at) => inDayBand(noon, at))).toEqual([false, true, true, false]);
    expect([china(23), china(23, 59), china(24)].map((at) => inDayBand({ fromMinute: 1_380, toMinute: 1_440 }, at))).toEqual([true, true, false]);
    expect(inDayBand({ fromMinute: 0, toMinute: 1_440 }, china(3))).toBe(true);
    expect(inDayBand({ fromMinute: 60, toMinute: 60 }, china(1))).toBe(false);
  });

  it('of several rosters are their union', () => {
    const both = [...NIGHT, { fromMinute: 720, toMinute: 840 }];
    expect([china(12, 30), china(22), china(15)].map((at) => inQuietHours(both, at))).toEqual([true, true, false]);
    expect(inQuietHours([], china(3))).toBe(false);
  });

  it('are kept by notice, governance and daily, and by nothing that warns', () => {
    expect(classSchema.options.filter((kind) => quietFor(kind, NIGHT, china(22)))).toEqual(['notice', 'governance', 'daily']);
    expect(classSchema.options.filter((kind) => quietFor(kind, NIGHT, china(12)))).toEqual([]);
  });

  it('end at the first minute that no band holds', () => {
    expect(quietHoursEnd(NIGHT, china(22, 10, 5))).toBe(china(30, 30));
    expect(quietHoursEnd(NIGHT, china(6, 29, 59_999))).toBe(china(6, 30));
    expect(quietHoursEnd(NIGHT, china(12, 0, 5))).toBe(china(12, 0, 5));
    expect(quietHoursEnd([...NIGHT, { fromMinute: 380, toMinute: 450 }], china(22))).toBe(china(31, 30));
    expect(quietHoursEnd([{ fromMinute: 0, toMinute: 1_440 }], china(22))).toBeNull();
    expect(quietHoursEnd([{ fromMinute: 1, toMinute: 0 + 1_440 }], china(24))).toBe(china(24));
  });

  it('put a notice off to their end, where its window has room then, and a warning never', () => {
    const out = (at: number, notAfter: number) => outOfQuietHours('notice', NIGHT, at, notAfter);
    expect([out(china(22), china(31)), out(china(22), china(30, 30)), out(china(22), china(30, 30, 1)), out(china(12), china(13))]).toEqual([china(30, 30), null, china(30, 30), china(12)]);
    expect(outOfQuietHours('emergency', NIGHT, china(22), china(23))).toBe(china(22));
    expect(outOfQuietHours('notice', [{ fromMinute: 0, toMinute: 1_440 }], china(22), china(60))).toBeNull();
  });

  it('end where a look at every minute says so', () => {
    const random = seededRandom(21);
    for (let run = 0; run < 300; run += 1) {
      const bands = Array.from({ length: 1 + random.int(3) }, () => ({ fromMinute: random.int(1_440), toMinute: 1 + random.int(1_440) }));
      const at = china(0) + random.int(2 * 1_440) * MINUTE;
      const held = (minute: number): boolean => bands.some(({ fromMinute: from, toMinute: to }) => (from <= to ? minute >= from && minute < to : minute >= from || minute < to));
      const first = Array.from({ length: 1_440 }, (_, later) => later).find((later) => !held((minuteOfDay(at) + later) % 1_440));
      expect(quietHoursEnd(bands, at)).toBe(first === undefined ? null : at + first * MINUTE);
    }
  });
});
