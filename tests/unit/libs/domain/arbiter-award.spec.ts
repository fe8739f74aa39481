import { dispatchIdSchema } from '#libs/contracts';
import { award, type Bid, type Claim } from '#libs/domain';
import { seededRandom } from '../../../support/seeded-random';

const idNr = (nr: number) => dispatchIdSchema.parse(`01890000-0000-7000-8000-${String(nr).padStart(12, '0')}`);
const claim = (nr: number, set: Partial<Claim> = {}): Claim => ({
  mode: 'actual', class: 'notice', tier: 'township', severity: 'none', issuedAt: 1_000, dispatchId: idNr(nr), ...set,
});
const bid = (of: Claim, at = 100): Bid<Claim> => ({ claim: of, at });

describe('the award of the loudspeaker', () => {
  it('takes it away only for a strictly higher rank, at that one\'s own start', () => {
    const low = claim(1);
    const red = claim(2, { class: 'emergency', severity: 'red' });
    expect(award({ claim: low, endsAt: 9_000 }, [bid(red, 500)], 1_000)?.claim).toBe(red);
    expect(award({ claim: low, endsAt: 9_000 }, [bid(red, 1_001)], 1_000)).toBeUndefined();
    expect(award({ claim: red, endsAt: 9_000 }, [bid(low)], 1_000)).toBeUndefined();
  });

  it('lets an equal one wait until the holder is through, although it was dispatched earlier', () => {
    const holding = claim(1, { issuedAt: 2_000 });
    const earlier = claim(2, { issuedAt: 1 });
    expect(award({ claim: holding, endsAt: 501 }, [bid(earlier, 500)], 1_000)).toBeUndefined();
    expect(award({ claim: holding, endsAt: 500 }, [bid(earlier, 500)], 1_000)?.claim).toBe(earlier);
  });

  it('gives the holder its own next repetition', () => {
    const holding = claim(1);
    expect(award({ claim: holding, endsAt: 9_000 }, [bid(holding, 400), bid(claim(2, { issuedAt: 1 }), 400)], 1_000)?.claim).toBe(holding);
  });

  it('gives a free loudspeaker to the first in line of those whose time has come', () => {
    const [early, late, red] = [claim(3, { issuedAt: 1 }), claim(1, { issuedAt: 2 }), claim(2, { class: 'emergency', issuedAt: 9 })];
    expect(award(null, [bid(late), bid(early), bid(red, 2_000)], 1_000)?.claim).toBe(early);
    expect(award(null, [bid(late), bid(early), bid(red, 900)], 1_000)?.claim).toBe(red);
    expect(award(null, [], 1_000)).toBeUndefined();
  });

  it('agrees with the rules written the other way round, in 10,000 seeded scenes', () => {
    const random = seededRandom(20_260_401);
    const rank = (one: Claim): number => [
      one.mode === 'actual' ? 1 : 0, ['daily', 'governance', 'notice', 'advisory', 'emergency'].indexOf(one.class),
      ['village', 'township', 'district'].indexOf(one.tier), ['none', 'blue', 'yellow', 'orange', 'red'].indexOf(one.severity),
    ].reduce((sum, part) => sum * 8 + part, 0);
    for (let scene = 0; scene < 10_000; scene += 1) {
      const claims = Array.from({ length: 1 + random.int(5) }, (_, nr) => claim(nr, {
        mode: random.pick(['actual', 'drill']), class: random.pick(['daily', 'notice', 'emergency']), tier: random.pick(['village', 'district']), severity: random.pick(['none', 'red']), issuedAt: random.int(3),
      }));
      const holding = random.int(3) === 0 ? null : { claim: random.pick(claims), endsAt: random.int(20) };
      const bids = claims.map((one) => bid(one, random.int(20)));
      const until = random.int(20);
      const got = award(holding, bids, until);
      // Nobody who may have it stands before the one who got it, and who got it may.
      const may = (one: Bid<Claim>): boolean => one.at <= until && (holding === null || one.claim === holding.claim || rank(one.claim) > rank(holding.claim) || holding.endsAt <= one.at);
      const before = (a: Claim, b: Claim): boolean => rank(a) > rank(b) || (rank(a) === rank(b) && (a.issuedAt < b.issuedAt || (a.issuedAt === b.issuedAt && a.dispatchId < b.dispatchId)));
      expect(got === undefined ? bids.some(may) : !may(got) || bids.some((other) => other !== got && may(other) && before(other.claim, got.claim))).toBe(false);
    }
  });
});
