import { digestSchema } from '#libs/contracts';
import { joiningOf } from '#libs/domain';

const sha256 = digestSchema.parse('ab'.repeat(32));
// One repetition is 10 s long, 2 s of silence between; three of them from 100 s on.
const message = { body: { segments: [{ sha256, bytes: 1, role: 'speech' as const, durationMs: 10_000 }] }, gapMs: 2_000, repeats: 3 };
const timetable = { startAt: 100_000, notAfter: 200_000, repeats: 3 };

describe('joiningOf', () => {
  it.each([
    [0, { kind: 'join', repetition: 1, startAt: 100_000 }],
    [100_000, { kind: 'join', repetition: 1, startAt: 100_000 }],
    [100_001, { kind: 'join', repetition: 2, startAt: 112_000 }],
    [112_000, { kind: 'join', repetition: 2, startAt: 112_000 }],
    [124_000, { kind: 'join', repetition: 3, startAt: 124_000 }],
    [124_001, { kind: 'alone', repetition: 3, startAt: 124_001 }],
    [199_999, { kind: 'alone', repetition: 3, startAt: 199_999 }],
    [200_000, { kind: 'expired' }],
  ])('at %i ms', (now, expected) => {
    expect(joiningOf(message, timetable, now)).toEqual(expected);
  });

  it('never repeats an interrupted repetition, and has nothing left after the last', () => {
    expect(joiningOf(message, timetable, 101_000, 1)).toEqual({ kind: 'join', repetition: 2, startAt: 112_000 });
    expect(joiningOf(message, timetable, 90_000, 1)).toEqual({ kind: 'join', repetition: 2, startAt: 112_000 });
    expect(joiningOf(message, timetable, 125_000, 3)).toEqual({ kind: 'expired' });
  });

  it('begins no repetition at or after the end of the window', () => {
    const short = { ...timetable, notAfter: 112_000 };
    expect(joiningOf(message, short, 100_001)).toEqual({ kind: 'alone', repetition: 3, startAt: 100_001 });
    expect(joiningOf(message, short, 112_000)).toEqual({ kind: 'expired' });
  });
});
