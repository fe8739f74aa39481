import { isVoid, judgeOrder } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, NOW, type World } from '../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

describe('an order whose platform\'s charter fell', () => {
  it('is void as soon as the platform above says that a key of it is stolen', async () => {
    const { order } = await world.order('v1');
    const judged = judgeOrder(world.trust, order, NOW);
    if (!judged.ok) throw new Error(judged.code);
    // The township's officers change, nobody is suspected, and v1's charter falls with them.
    const charter = world.charterPayload('t1');
    const [, , third] = charter.officers;
    if (third === undefined) throw new Error('three officers');
    const fallen = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, officers: [third, ...world.charterPayload('t2').officers] } }));
    expect([fallen.charters.has(charter.platform), fallen.rosters.has(judged.value.dispatch.platform)]).toEqual([true, false]);
    expect(isVoid(fallen, judged.value)).toBe(false);
    const found = trustAfter(fallen, await world.revocation('d', { set: { entries: [{ keyId: world.key('v1', 'author').record.keyId, reason: 'compromised', since: NOW }] } }));
    expect(isVoid(found, judged.value)).toBe(true);
    // Nobody of the order itself, but one who signed the papers that it was made under.
    const [signer] = charter.officers;
    if (signer === undefined) throw new Error('three officers');
    const forgedPapers = trustAfter(fallen, await world.revocation('d', { set: { entries: [{ keyId: signer.key.keyId, reason: 'compromised', since: NOW }] } }));
    expect(isVoid(forgedPapers, judged.value)).toBe(true);
    const left = trustAfter(fallen, await world.revocation('d', { set: { entries: [{ keyId: signer.key.keyId, reason: 'left', since: NOW }] } }));
    expect(isVoid(left, judged.value)).toBe(false);
  });
});
