import { areaIdSchema, digestSchema, stopIdSchema, type Tier } from '#libs/contracts';
import { silences, type Tombstone } from '#libs/domain';

const area = (name: string) => areaIdSchema.parse(name);
const digest = digestSchema.parse('11'.repeat(32));
const other = digestSchema.parse('22'.repeat(32));
const chain = [{ id: area('village'), parent: area('town') }, { id: area('town'), parent: area('district') }, { id: area('district'), parent: null }];

function stop(set: Partial<Tombstone>): Tombstone {
  return { stopId: stopIdSchema.parse('01890000-0000-7000-8000-000000000001'), tier: 'township', area: area('town'), issuedAt: 1_000, scope: { kind: 'all' }, until: 9_000, ...set };
}
const message = (tier: Tier, issuedAt = 1_000) => ({ digest, issuedAt, tier });

describe('silences', () => {
  it('everything issued before it or at its very time, and nothing after', () => {
    expect([999, 1_000, 1_001].map((issuedAt) => silences(stop({}), message('village', issuedAt), chain))).toEqual([true, true, false]);
  });
  it('the named messages whenever they were issued, and no others', () => {
    expect(silences(stop({ scope: { kind: 'messages', messages: [other, digest] } }), message('village', 5_000), chain)).toBe(true);
    expect(silences(stop({ scope: { kind: 'messages', messages: [other] } }), message('village'), chain)).toBe(false);
  });
  it('of who has left, the named messages only where they were issued before it: a date is easily set back', () => {
    const left = stop({ scope: { kind: 'messages', messages: [digest] }, signerLeft: true });
    expect([1_000, 1_001].map((issuedAt) => silences(left, message('village', issuedAt), chain))).toEqual([true, false]);
  });
  it('only messages of its own tier and below', () => {
    const tiers: readonly Tier[] = ['district', 'township', 'village'];
    expect(tiers.map((tier) => silences(stop({}), message(tier), chain))).toEqual([false, true, true]);
    expect(tiers.map((tier) => silences(stop({ tier: 'village', scope: { kind: 'messages', messages: [digest] } }), message(tier), chain))).toEqual([false, false, true]);
  });
  it('not the message that a stopper let go on after this very stop', () => {
    const again = (...stops: readonly string[]) => ({ ...message('village'), takenBack: stops.map((stopId) => ({ stopId: stopIdSchema.parse(stopId), consentedAt: 5_000 })) });
    const [own, other] = ['01890000-0000-7000-8000-000000000001', '01890000-0000-7000-8000-000000000002'];
    expect([again(own), again(other, own), again(other), again()].map((one) => silences(stop({}), one, chain))).toEqual([false, false, true, true]);
  });
  it('a message whose stopper named it, when that was before it or more than thirty seconds after it', () => {
    const said = (consentedAt: number) => ({ ...message('village'), takenBack: [{ stopId: stop({}).stopId, consentedAt }] });
    expect([999, 1_000, 31_000, 31_001].map((at) => silences(stop({}), said(at), chain))).toEqual([true, false, false, true]);
  });
  it('only terminals that stand in its area', () => {
    expect(silences(stop({ area: area('elsewhere') }), message('village'), chain)).toBe(false);
  });
});
