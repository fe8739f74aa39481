import { keptSilent } from '../../../../../../apps/console/src/sign/live/kept-silent';

const NOTHING = { terminals: 3, quiet: 0, postponed: [], isolated: 0, restricted: 0, restrictedFrom: [] };

describe('what keeps a voice silent', () => {
  it('is nothing where nothing does', () => {
    expect(keptSilent(NOTHING)).toEqual({ by: [], isEverywhere: false });
  });

  it('tells each reason with its loudspeakers, quiet hours whether they put off or not', () => {
    expect(keptSilent({ ...NOTHING, terminals: 9, quiet: 1, postponed: [{ until: 5, terminals: 2 }], isolated: 3, restricted: 4, restrictedFrom: [{ from: 7, terminals: 2 }] })).toEqual({
      by: [{ why: 'restricted', n: 4, from: null }, { why: 'restrictedFrom', n: 2, from: 7 }, { why: 'isolated', n: 3, from: null }, { why: 'quiet', n: 3, from: null }], isEverywhere: false,
    });
  });

  it.each([{ restricted: 3 }, { isolated: 3 }, { quiet: 3 }, { isolated: 1, postponed: [{ until: 5, terminals: 2 }] }])('is everywhere with %j of three', (silent) => {
    expect(keptSilent({ ...NOTHING, ...silent }).isEverywhere).toBe(true);
  });

  it('is not everywhere while one sounds it, or all do until a restriction begins', () => {
    expect(keptSilent({ ...NOTHING, restricted: 2 }).isEverywhere).toBe(false);
    expect(keptSilent({ ...NOTHING, restrictedFrom: [{ from: 7, terminals: 3 }] }).isEverywhere).toBe(false);
  });
});
