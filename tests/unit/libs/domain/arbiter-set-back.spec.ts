import { dispatchIdSchema } from '#libs/contracts';
import { add, advance, emptyArbiter, FROM_THE_START, setBack, type Item } from '#libs/domain';

const HOUR = 3_600_000;

function item(nr: number, startAt: number, severity: 'red' | 'none' = 'none'): Item {
  const dispatchId = dispatchIdSchema.parse(`01890000-0000-7000-8000-00000000000${nr}`);
  return {
    claim: { mode: 'actual', class: 'notice', tier: 'township', severity, issuedAt: nr, dispatchId }, startAt, notAfter: startAt + 2 * HOUR, repeats: 3, bodyMs: 10_000, gapMs: 1_000,
    openingMs: 0, maxSoundMs: 60_000, whenPreempted: 'resume', from: FROM_THE_START,
  };
}

describe('an arbiter whose clock was set back', () => {
  it('lets what sounds go on as long as it would have, and the rest of its timetable come at its true time', () => {
    // An hour ahead: the last repetition seemed over, so it was played once alone.
    const ahead = advance(add(emptyArbiter(HOUR), item(1, 100_000)), HOUR + 4_000).arbiter;
    expect(ahead.sounding).toMatchObject({ at: HOUR, endsAt: HOUR + 10_000 });
    const { sounding } = setBack(ahead, 4_000);
    expect(sounding).toMatchObject({ at: 0, endsAt: 10_000 });
  });

  it('gives the loudspeaker to what ranks above it at its time', () => {
    const ahead = advance(add(emptyArbiter(HOUR), item(1, 100_000)), HOUR + 4_000).arbiter;
    const { changes } = advance(add(setBack(ahead, 4_000), item(2, 6_000, 'red')), 7_000);
    expect(changes.map(({ kind, at }) => [kind, at])).toEqual([['ends', 6_000], ['begins', 6_000]]);
  });

  it('waits anew for what had not begun, in its own timetable', () => {
    // Two equal ones: the second one's turn seemed to have passed as well.
    const ahead = advance([item(1, 100_000), item(2, 100_000)].reduce((arbiter, one) => add(arbiter, one), emptyArbiter(HOUR)), HOUR + 4_000).arbiter;
    const { changes } = advance(setBack(ahead, 4_000), 101_000);
    expect(changes.filter(({ kind }) => kind === 'begins').map((change) => [change.kind === 'begins' ? change.piece.repetition : 0, change.at])).toEqual([[1, 100_000]]);
  });
});
