import type { Revocation } from '#libs/contracts';
import { applyDocument, documentsInForce, memoryOf, strandedIn, trustFromRoot, withMemory, type Result, type TrustState } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, digestNamed, NOW, type World } from '../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const certificate = (name: string, since = NOW) => ({ fingerprint: digestNamed(name), since });
const [one, two] = [certificate('one'), certificate('two')];
const list = (certificates: Revocation['certificates'], version = 1, more: Partial<Revocation> = {}) => world.revocation('d', { set: { entries: [], certificates, version, ...more } });
const revokedIn = (state: TrustState): readonly string[] => [...state.certificates.keys()];

describe('certificates revoked by their fingerprint', () => {
  it('need no key beside them, and a list of nothing is none', async () => {
    expect(revokedIn(trustAfter(world.trust, await list([one])))).toEqual([one.fingerprint]);
    expect(said(applyDocument(world.trust, await world.revocation('d', { set: { entries: [] } }), NOW))).toContain('REJ_SCHEMA');
  });

  it('only grow: none is left out, none stands twice, and the earlier date stays', async () => {
    const state = trustAfter(world.trust, await list([one]));
    const apply = async (certificates: Revocation['certificates'], more: Partial<Revocation> = {}) => said(applyDocument(state, await list(certificates, 2, more), NOW));
    expect(await apply([two])).toBe('REJ_VERSION_ROLLBACK certificates');
    expect(await apply(undefined, { entries: [{ keyId: world.key('t1', 'author').record.keyId, reason: 'left', since: NOW }] })).toBe('REJ_VERSION_ROLLBACK certificates');
    expect(await apply([one, one])).toBe('REJ_SCHEMA certificates');
    const next = trustAfter(state, await list([certificate('one', NOW + 1), two], 2));
    expect([revokedIn(next), next.certificates.get(one.fingerprint)?.since]).toEqual([[one.fingerprint, two.fingerprint], NOW]);
  });

  it('are the district\'s to revoke: in the list of another platform they are refused with all of it', async () => {
    const t1 = await world.revocation('t1', { set: { certificates: [one] } });
    expect(said(applyDocument(world.trust, t1, NOW))).toBe('REJ_KEY_USAGE certificates');
  });

  it('stay revoked over a power cut, also when the officer who signed falls', async () => {
    const state = trustAfter(world.trust, await list([one]));
    const begun = trustFromRoot(world.expected.rootEnvelope, { demo: true });
    if (!begun.ok) throw new Error(begun.code);
    expect(revokedIn(withMemory(begun.value, JSON.parse(JSON.stringify(memoryOf(state)))))).toEqual([one.fingerprint]);
    expect(revokedIn(documentsInForce(state).reduce(trustAfter, begun.value))).toEqual([one.fingerprint]);
    expect(strandedIn(state)).toEqual([]);
    // The root takes the officer who signed off the charter: a new terminal could not read the list any more, and says so.
    const [, ...others] = world.charterPayload('d').officers;
    const fallen = trustAfter(state, await world.charter('d', { set: { version: 2, officers: others } }));
    expect(revokedIn(fallen)).toEqual([one.fingerprint]);
    expect(strandedIn(fallen)).toMatchObject([{ platform: 'd', certificates: [one] }]);
  });
});
