import { dispatchIdSchema } from '#libs/contracts';
import { add, advance, beginsLate, emptyArbiter, FROM_THE_START, NEVER_BEFORE, positionAt, remove, type Arbiter, type Before, type Change, type Item } from '#libs/domain';

const CHIME_MS = 3_000;
const BODY_MS = CHIME_MS + 60_000;

function item(nr: number, startAt: number, set: Partial<Item> & { readonly severity?: 'red' | 'none' } = {}): Item {
  const { severity = 'none', ...rest } = set;
  return {
    claim: { mode: 'actual', class: 'notice', tier: 'township', severity, issuedAt: nr, dispatchId: dispatchIdSchema.parse(`01890000-0000-7000-8000-00000000000${nr}`) },
    startAt, notAfter: startAt + 600_000, repeats: 1, bodyMs: 10_000, gapMs: 0, openingMs: 0, maxSoundMs: 80_000, whenPreempted: 'resume', from: FROM_THE_START, ...rest,
  };
}

const voice = (nr: number, startAt: number, set: Partial<Item> = {}): Item => item(nr, startAt, { bodyMs: BODY_MS, openingMs: BODY_MS, live: true, ...set });
const told = (changes: readonly Change[]): readonly unknown[] => changes.map((change) => (change.kind === 'begins' ? ['begins', change.at, change.piece.fromMs, change.piece.endsAt] : change.kind === 'ends' ? ['ends', change.at, change.how] : ['closed', change.at, change.reason]));
const from = (at: number, one: Item, before: Before = NEVER_BEFORE): Arbiter => add(emptyArbiter(at), one, before);

describe('a living voice before the arbiter', () => {
  it('begins with its chime at its start and is over at its signed longest', () => {
    expect(told(advance(from(0, voice(1, 1_000)), Infinity).changes)).toEqual([
      ['begins', 1_000, 0, 1_000 + BODY_MS], ['ends', 1_000 + BODY_MS, 'whole'], ['closed', 1_000 + BODY_MS, null],
    ]);
  });

  it.each([['a little late, in the chime', 300], ['in the middle of the voice', 20_000], ['in its last second', BODY_MS - 500]])('is entered %s, where it stands, and ends no later for it', (_when, lateMs) => {
    expect(told(advance(from(1_000 + lateMs, voice(1, 1_000)), Infinity).changes)[0]).toEqual(['begins', 1_000 + lateMs, lateMs, 1_000 + BODY_MS]);
  });

  it('is never played alone afterwards', () => {
    expect(told(advance(from(1_000 + BODY_MS, voice(1, 1_000)), Infinity).changes)).toEqual([['closed', 1_000 + BODY_MS, 'EXPIRED']]);
  });

  it('goes on with what is said then when it was cut off, however long that was', () => {
    const running = advance(from(0, voice(1, 0)), 5_000).arbiter;
    const { changes } = advance(add(running, item(2, 6_000, { severity: 'red' })), Infinity);
    expect(told(changes)).toEqual([
      ['ends', 6_000, 'cut'], ['begins', 6_000, 0, 16_000], ['ends', 16_000, 'whole'], ['closed', 16_000, null],
      ['begins', 16_000, 16_000, BODY_MS], ['ends', BODY_MS, 'whole'], ['closed', BODY_MS, null],
    ]);
  });

  it('is closed at its longest when something of higher rank still has the loudspeaker then', () => {
    const running = advance(from(0, voice(1, 0)), 60_000).arbiter;
    const { changes } = advance(add(running, item(2, 61_000, { severity: 'red' })), Infinity);
    expect(told(changes)).toEqual([['ends', 61_000, 'cut'], ['begins', 61_000, 0, 71_000], ['closed', BODY_MS, 'PREEMPTED'], ['ends', 71_000, 'whole'], ['closed', 71_000, null]]);
  });

  it('is joined again after a crash at what is said then, and not at all when it is over', () => {
    const crashed: Before = { begun: 1, ended: 0, position: null };
    expect(told(advance(from(30_000, voice(1, 0), crashed), Infinity).changes)[0]).toEqual(['begins', 30_000, 30_000, BODY_MS]);
    expect(told(advance(from(BODY_MS, voice(1, 0), crashed), Infinity).changes)).toEqual([['closed', BODY_MS, 'INTERRUPTED']]);
    expect(told(advance(from(30_000, voice(1, 0), { ...crashed, position: { repetition: 1, fromMs: 10_000 } }), Infinity).changes)[0]).toEqual(['begins', 30_000, 30_000, BODY_MS]);
  });

  it('loses what a slow disk kept it from, and lets who waits come when it has ended early', () => {
    const late = beginsLate(advance(from(0, voice(1, 0)), 1_500).arbiter, 1_500);
    expect(late.sounding).toMatchObject({ at: 1_500, fromMs: 1_500, endsAt: BODY_MS });
    expect(positionAt(late, voice(1, 0).claim.dispatchId, 4_000)).toEqual({ repetition: 1, fromMs: 4_000 });
    const waiting = add(late, item(2, 5_000));
    expect(told(advance(waiting, 20_000).changes)).toEqual([]);
    expect(told(advance(remove(advance(waiting, 20_000).arbiter, voice(1, 0).claim.dispatchId), Infinity).changes)[0]).toEqual(['begins', 20_000, 0, 30_000]);
  });
});
