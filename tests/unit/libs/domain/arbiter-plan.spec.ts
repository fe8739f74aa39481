import { dispatchIdSchema } from '#libs/contracts';
import { add, advance, beginsLate, emptyArbiter, FROM_THE_START, meets, positionAt, remove, type Change, type Claim, type Item } from '#libs/domain';

type Name = 'a' | 'b' | 'c' | 'd';
const idOf = (name: string) => dispatchIdSchema.parse(`01890000-0000-7000-8000-00000000000${name}`);

function item(name: Name, set: Partial<Omit<Item, 'claim'>> & { readonly claim?: Partial<Claim> } = {}): Item {
  const { claim, ...rest } = set;
  return {
    startAt: 0, notAfter: 600_000, repeats: 2, bodyMs: 10_000, gapMs: 1_000, openingMs: 0, maxSoundMs: 60_000, whenPreempted: 'resume', from: FROM_THE_START, ...rest,
    claim: { mode: 'actual', class: 'notice', tier: 'township', severity: 'none', issuedAt: 1, dispatchId: idOf(name), ...claim },
  };
}

/** What a loudspeaker does that has all of these in time, from the first start on to `until`. */
function plan(items: readonly Item[], until: number): readonly Change[] {
  const began = Math.min(until, ...items.map(({ startAt }) => startAt));
  return advance(items.reduce((arbiter, one) => add(arbiter, one), emptyArbiter(began)), until).changes;
}

/** `name repetition+ms at-end`, and `name!reason` for what is closed. */
function told(changes: readonly Change[]): readonly string[] {
  const name = (id: string): string => id.slice(-1);
  return changes.flatMap((change) => {
    if (change.kind === 'closed') return [`${name(change.dispatchId)}!${change.reason ?? 'done'} ${change.at}`];
    return change.kind === 'ends' ? [`${name(change.piece.dispatchId)}${change.piece.repetition}+${change.piece.fromMs} ${change.piece.at}-${change.at}`] : [];
  });
}

describe('the plan of a loudspeaker', () => {
  it('three equal alerts in a minute take turns, each repetition whole', () => {
    const changes = plan([item('a'), item('b', { startAt: 4_000 }), item('c', { startAt: 8_000 })], 600_000);
    expect(told(changes)).toEqual([
      'a1+0 0-10000', 'b1+0 10000-20000', 'c1+0 20000-30000', 'a2+0 30000-40000', 'a!done 40000', 'b2+0 40000-50000', 'b!done 50000', 'c2+0 50000-60000', 'c!done 60000',
    ]);
  });

  it('a red one cuts in at its own start, keeps lower ones out of its gaps, and gives the loudspeaker back at the position', () => {
    const red = item('d', { claim: { severity: 'red' }, startAt: 4_000 });
    expect(told(plan([item('a', { repeats: 1 }), red], 600_000))).toEqual([
      'a1+0 0-4000', 'd1+0 4000-14000', 'd2+0 15000-25000', 'd!done 25000', 'a1+4000 25000-31000', 'a!done 31000',
    ]);
  });

  it('what must not resume, or cannot any more, is closed as PREEMPTED', () => {
    const red = item('d', { claim: { severity: 'red' }, startAt: 4_000, repeats: 1 });
    expect(told(plan([item('a', { whenPreempted: 'drop' }), red], 600_000))).toContain('a!PREEMPTED 4000');
    expect(told(plan([item('a', { notAfter: 14_000 }), red], 600_000))).toContain('a!PREEMPTED 14000');
    expect(told(plan([item('a', { notAfter: 14_001 }), red], 600_000))).toContain('a1+4000 14000-20000');
  });

  it('sounding time, not waiting time, counts towards the signed maximum', () => {
    const red = item('d', { claim: { severity: 'red' }, startAt: 4_000, repeats: 1, bodyMs: 60_000 });
    expect(told(plan([item('a', { maxSoundMs: 20_000 }), red], 600_000)).at(-1)).toBe('a!done 81000');
    expect(told(plan([item('a', { maxSoundMs: 13_000 }), red], 600_000)).slice(-2)).toEqual(['a2+0 71000-74000', 'a!INTERRUPTED 74000']);
  });

  it('a resumption begins in the middle, and its next repetition where the moved timetable has it', () => {
    expect(told(plan([item('a', { startAt: 50_000, repeats: 3, from: { repetition: 2, fromMs: 7_000 } })], 600_000)))
      .toEqual(['a2+7000 50000-53000', 'a3+0 54000-64000', 'a!done 64000']);
  });
});

describe('a latecomer', () => {
  it('is heard whole at whatever fraction of a millisecond it begins: today\'s Unix ms have few bits below the point', () => {
    const base = 1_795_320_219_000;
    for (let part = 0; part < 50; part += 1) {
      const at = base + 60_000 + part / 47 + 0.137;
      const late = item('a', { startAt: base, bodyMs: 6_434, repeats: 3, notAfter: base + 600_000 });
      // The disk took a while: it begins a little later than decided.
      const begun = beginsLate(advance(add(emptyArbiter(at), late), at + 0.001).arbiter, at + 1 + part / 31);
      expect(advance(begun, base + 200_000).changes.map((change) => (change.kind === 'closed' ? change.reason : change.kind))).toEqual(['ends', null]);
    }
  });

  it('enters a repetition whose siren still runs, at its place; after the first word it waits for the next', () => {
    const siren = item('a', { openingMs: 4_000, repeats: 2 });
    expect(told(advance(add(emptyArbiter(3_000), siren), 12_000).changes)).toEqual(['a1+3200 3200-10000']);
    expect(told(advance(add(emptyArbiter(3_800), siren), 22_000).changes)).toEqual(['a2+0 11000-21000', 'a!done 21000']);
    expect(told(advance(add(emptyArbiter(3_000), siren, { begun: 1, ended: 0, position: null }), 12_000).changes)).toEqual([]);
  });
});

describe('a resumption that comes too late', () => {
  it('joins its next repetition, or says the rest once alone from where it was stopped, never what was before', () => {
    const from = { repetition: 2, fromMs: 7_000 };
    expect(told(advance(add(emptyArbiter(52_000), item('a', { startAt: 50_000, repeats: 3, from })), 600_000).changes)[0]).toBe('a3+0 54000-64000');
    expect(told(advance(add(emptyArbiter(52_000), item('a', { startAt: 50_000, repeats: 2, from })), 600_000).changes)[0]).toBe('a2+7000 52000-55000');
  });
});

describe('where an item stands', () => {
  it('is told for a moment lately passed, turns and pre-emption counted, and by the timetable where nothing sounded here', () => {
    const both = advance([item('a', { repeats: 3 }), item('b', { startAt: 4_000 })].reduce((arbiter, one) => add(arbiter, one), emptyArbiter(0)), 33_000).arbiter;
    expect(positionAt(both, idOf('a'), 3_000)).toEqual({ repetition: 1, fromMs: 3_000 });
    expect(positionAt(both, idOf('a'), 15_000)).toEqual({ repetition: 2, fromMs: 0 });
    expect(positionAt(both, idOf('b'), 32_000)).toEqual({ repetition: 2, fromMs: 2_000 });
    const late = add(emptyArbiter(20_000), item('a', { repeats: 3 }));
    expect(positionAt(late, idOf('a'), 15_000)).toEqual({ repetition: 2, fromMs: 4_000 });
    expect(positionAt(late, idOf('a'), 10_500)).toEqual({ repetition: 2, fromMs: 0 });
  });

  it('what is taken away frees the loudspeaker from that moment on', () => {
    const both = advance([item('a'), item('b', { startAt: 4_000 })].reduce((arbiter, one) => add(arbiter, one), emptyArbiter(0)), 6_000).arbiter;
    expect(told(advance(remove(both, idOf('a')), 600_000).changes)[0]).toBe('b1+0 6000-16000');
  });
});

describe('whom a new one meets', () => {
  const low = item('a', { claim: { class: 'daily' } });
  const equal = item('b', { startAt: 5_000 });
  const high = item('c', { claim: { class: 'emergency' }, startAt: 2_000 });
  const candidate = item('d', { startAt: 8_000 });
  const how = (meetings: ReturnType<typeof meets>): readonly string[] => meetings.map(({ other, how: what }) => `${other.claim.dispatchId.slice(-1)} ${what}`);

  it('cuts off the lower, shares with the equal, waits for the higher', () => {
    expect(how(meets(candidate, [low, equal, high], 7_000))).toEqual(['a preempts', 'b takes-turns', 'c waits']);
  });

  it('ends what it replaces and meets nobody who is through before, or due after it', () => {
    expect(how(meets(candidate, [low, equal], 7_000, [idOf('b')]))).toEqual(['a preempts', 'b replaces']);
    const over = item('a', { repeats: 1 });
    const later = item('b', { startAt: 60_000 });
    expect(how(meets(item('d', { startAt: 12_000 }), [over, later], 7_000))).toEqual([]);
    expect(how(meets(item('d', { startAt: 30_000 }), [item('a', { repeats: 1, bodyMs: 3_000 })], 25_000))).toEqual([]);
  });
});
