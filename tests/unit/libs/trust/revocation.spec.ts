import type { Revocation } from '#libs/contracts';
import { ancestryOf, applyDocument, isRevoked, isVoid, judgeOrder, lineageOf, verifyAssignment, verifyBeacon, verifyKeptAssignment, type Result, type TrustState } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, NOW, platformOf, type PlatformName, type World } from '../../../support/trust-builder';

const DAY = 86_400_000;
type Entries = Revocation['entries'];

let world: World;
beforeAll(async () => { world = await buildWorld(); });

function said(result: Result<unknown>): string {
  return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
}
const entry = (keyId: Entries[number]['keyId'], reason: Entries[number]['reason'] = 'compromised', since = NOW): Entries[number] => ({ keyId, reason, since });
const keyOf = (platform: PlatformName, who: string) => world.key(platform, who).record.keyId;
const officerKeys = (platform: PlatformName) => world.platform(platform).officers.map((officer) => officer.key.record.keyId);
const revoke = async (state: TrustState, by: PlatformName, entries: Entries, version = 1): Promise<TrustState> => trustAfter(state, await world.revocation(by, { set: { entries, version } }));

describe('a revocation', () => {
  it('needs one officer of the platform, and nobody else will do', async () => {
    expect(said(applyDocument(world.trust, await world.revocation('t1'), NOW))).toBe('ok');
    expect(said(applyDocument(world.trust, await world.revocation('t1', { by: world.officers('t2').slice(0, 1) }), NOW))).toBe('REJ_KEY_USAGE platform');
    expect(said(applyDocument(world.trust, await world.revocation('t1', { by: world.officers('d') }), NOW))).toBe('REJ_KEY_USAGE platform');
    expect(said(applyDocument(world.trust, await world.revocation('t1', { by: [world.platform('t1').dispatcher.signer] }), NOW))).toBe('REJ_KEY_USAGE');
    expect(said(applyDocument(world.trust, await world.revocation('t1', { by: [world.stranger.signer] }), NOW))).toBe('REJ_KEY_UNKNOWN');
  });
  it('touches keys of its platform and its descendants, never of its parent or a neighbour', async () => {
    const state = await revoke(world.trust, 't1', [entry(keyOf('d', 'approver-a')), entry(keyOf('t1', 'approver-a')), entry(keyOf('v1', 'approver-a')), entry(keyOf('t2', 'approver-a'))]);
    expect(isRevoked(state, platformOf('d'), keyOf('d', 'approver-a'))).toBeUndefined();
    expect(isRevoked(state, platformOf('t1'), keyOf('t1', 'approver-a'))).toBe('compromised');
    expect(isRevoked(state, platformOf('v1'), keyOf('v1', 'approver-a'))).toBe('compromised');
    expect(isRevoked(state, platformOf('t2'), keyOf('t2', 'approver-a'))).toBeUndefined();
    expect(isRevoked(state, platformOf('t1'), keyOf('t1', 'approver-b'))).toBeUndefined();
  });
  it('only grows: nothing left out, nothing softened, no version twice', async () => {
    const first = [entry(keyOf('t1', 'approver-a')), entry(keyOf('t1', 'approver-b'), 'left')];
    const state = await revoke(world.trust, 't1', first);
    const apply = async (entries: Entries, version = 2) => said(applyDocument(state, await world.revocation('t1', { set: { entries, version } }), NOW));
    expect(await apply(first.slice(1))).toBe('REJ_VERSION_ROLLBACK entries');
    expect(await apply([entry(keyOf('t1', 'approver-a'), 'left'), entry(keyOf('t1', 'approver-b'), 'left')])).toBe('REJ_VERSION_ROLLBACK entries');
    expect(await apply([...first, ...first])).toBe('REJ_SCHEMA entries');
    expect(await apply([...first, entry(keyOf('t1', 'author'))], 1)).toBe('REJ_VERSION_ROLLBACK version');
    expect(await apply([entry(keyOf('t1', 'approver-a')), entry(keyOf('t1', 'approver-b')), entry(keyOf('t1', 'author'))])).toBe('ok');
  });
  it('makes compromised outweigh left, whichever came first and whoever said it', async () => {
    const both = await revoke(await revoke(world.trust, 'd', [entry(keyOf('t1', 'author'), 'left')]), 't1', [entry(keyOf('t1', 'author'))]);
    expect(isRevoked(both, platformOf('t1'), keyOf('t1', 'author'))).toBe('compromised');
    const other = await revoke(await revoke(world.trust, 'd', [entry(keyOf('t1', 'author'))]), 't1', [entry(keyOf('t1', 'author'), 'left')]);
    expect(isRevoked(other, platformOf('t1'), keyOf('t1', 'author'))).toBe('compromised');
  });
  it('is not softened by a roster that repeats it more mildly, nor by a later date', async () => {
    const state = await revoke(world.trust, 't1', [entry(keyOf('t1', 'author'))]);
    const after = trustAfter(state, await world.roster('t1', { set: { version: 2, revocations: [entry(keyOf('t1', 'author'), 'left', NOW + DAY)] } }));
    expect(isRevoked(after, platformOf('t1'), keyOf('t1', 'author'))).toBe('compromised');
    expect(after.revoked.get(platformOf('t1'))?.get(keyOf('t1', 'author'))).toMatchObject({ since: NOW });
  });
  it('compacted into a roster counts the same, and cannot be dropped by the next roster', async () => {
    const state = trustAfter(world.trust, await world.roster('t1', { set: { version: 2, revocations: [entry(keyOf('t1', 'author'))] } }));
    expect(isRevoked(state, platformOf('t1'), keyOf('t1', 'author'))).toBe('compromised');
    expect(isRevoked(state, platformOf('v1'), keyOf('t1', 'author'))).toBe('compromised');
    expect(said(applyDocument(state, await world.roster('t1', { set: { version: 3 } }), NOW))).toBe('REJ_VERSION_ROLLBACK revocations');
    const moved = await revoke(state, 't1', [entry(keyOf('t1', 'author'))]);
    const after = trustAfter(moved, await world.roster('t1', { set: { version: 3 } }));
    expect(isRevoked(after, platformOf('t1'), keyOf('t1', 'author'))).toBe('compromised');
    expect(said(applyDocument(world.trust, await world.roster('t1', { set: { version: 2, revocations: [entry(keyOf('t1', 'author')), entry(keyOf('t1', 'author'), 'left')] } }), NOW))).toBe('REJ_SCHEMA revocations');
  });
  it('by an officer already revoked is refused, by one who revokes himself accepted', async () => {
    const [first] = officerKeys('t1');
    if (first === undefined) throw new Error('the world has officers');
    const state = await revoke(world.trust, 't1', [entry(first)]);
    const next = { version: 2, entries: [entry(first), entry(keyOf('t1', 'author'))] };
    expect(said(applyDocument(state, await world.revocation('t1', { set: next }), NOW))).toBe(`REJ_KEY_REVOKED ${first}`);
    const left = await revoke(world.trust, 't1', [entry(first, 'left')]);
    for (const name of ['t1', 'v1', 'v2'] as const) expect(said(applyDocument(left, await world.revocation(name, { set: next }), NOW))).toBe(`REJ_KEY_REVOKED ${first}`);
    const again = await world.revocation('t1', { set: { entries: [entry(first)] } });
    const same = applyDocument(state, again, NOW);
    expect(same.ok && same.value === state).toBe(true);
  });
  it('stands although its signer falls later', async () => {
    const [first, second] = officerKeys('t1');
    if (first === undefined || second === undefined) throw new Error('the world has officers');
    const state = await revoke(world.trust, 't1', [entry(keyOf('t1', 'author'))]);
    const later = await revoke(state, 'd', [entry(first)]);
    expect(isRevoked(later, platformOf('t1'), keyOf('t1', 'author'))).toBe('compromised');
    expect(isRevoked(later, platformOf('t1'), second)).toBeUndefined();
  });
});

describe('compromised officers', () => {
  it('void what they signed, and everything that stood on it', async () => {
    const [first, second] = officerKeys('d');
    if (first === undefined || second === undefined) throw new Error('the world has officers');
    const state = await revoke(world.trust, 'd', [entry(first), entry(second)]);
    expect([...state.charters.keys()]).toEqual(['d']);
    expect(state.rosters.size).toBe(0);
    const one = await revoke(world.trust, 'd', [entry(first)]);
    expect([...one.charters.keys()]).toEqual(['d']);
  });
  it('cannot sign new documents, and neither can those who left', async () => {
    for (const reason of ['compromised', 'left'] as const) {
      const [first] = officerKeys('t1');
      if (first === undefined) throw new Error('the world has officers');
      const state = await revoke(world.trust, 't1', [entry(first, reason, NOW - 15 * DAY)]);
      expect(said(applyDocument(state, await world.roster('t1', { set: { version: 2 } }), NOW))).toBe('REJ_KEY_REVOKED');
      expect(said(applyDocument(state, await world.roster('t1', { set: { version: 2 }, by: world.officers('t1').slice(1) }), NOW))).toBe('ok');
    }
  });
});

describe('an officer who left', () => {
  it('does not touch what was signed before', async () => {
    const [first, second] = officerKeys('d');
    if (first === undefined || second === undefined) throw new Error('the world has officers');
    const state = await revoke(world.trust, 'd', [entry(first, 'left'), entry(second, 'left')]);
    expect([state.charters.size, state.rosters.size]).toEqual([6, 6]);
    const dated = await revoke(world.trust, 'd', [entry(first, 'left', NOW - 30 * DAY)]);
    expect([...dated.charters.keys()]).toEqual(['d']);
  });
});

describe('an order already admitted', () => {
  it('is voided when one of its keys is compromised, not when one left', async () => {
    const { order } = await world.order('t1');
    const judged = judgeOrder(world.trust, order, NOW);
    if (!judged.ok) throw new Error(judged.code);
    for (const keyId of [world.platform('t1').dispatcher.record.keyId, keyOf('t1', 'author'), keyOf('t1', 'approver-a'), keyOf('t1', 'approver-b')]) {
      expect(isVoid(await revoke(world.trust, 't1', [entry(keyId)]), judged.value)).toBe(true);
      expect(isVoid(await revoke(world.trust, 't1', [entry(keyId, 'left')]), judged.value)).toBe(false);
    }
    expect(isVoid(await revoke(world.trust, 't1', [entry(keyOf('t1', 'approver-c'))]), judged.value)).toBe(false);
  });
});

describe('a charter that fell', () => {
  it('is remembered with its parents: beacons of those above still tell the time, orders do not pass', async () => {
    const [first] = officerKeys('t1');
    if (first === undefined) throw new Error('the world has officers');
    const state = await revoke(world.trust, 't1', [entry(first)]);
    expect([lineageOf(state, platformOf('v1')), ancestryOf(state, platformOf('v1'))]).toEqual([[], ['v1', 't1', 'd']]);
    expect(said(verifyBeacon(state, await world.beacon('d'), platformOf('v1')))).toBe('ok');
    expect(said(verifyBeacon(state, await world.beacon('t1'), platformOf('v1')))).toBe('REJ_KEY_UNKNOWN');
    expect(said(verifyBeacon(state, await world.beacon('t2'), platformOf('v1')))).toBe('REJ_LINEAGE platform');
    expect(ancestryOf(world.trust, platformOf('nobody'))).toEqual([]);
  });
  it('takes nothing from an assignment that was accepted under it; a forged one never counts', async () => {
    const assignment = await world.assignment('v1');
    const [first] = officerKeys('t1');
    if (first === undefined) throw new Error('the world has officers');
    const state = await revoke(world.trust, 't1', [entry(first)]);
    expect(said(verifyAssignment(state, assignment))).toBe('REJ_KEY_USAGE platform');
    expect(said(verifyKeptAssignment(state, assignment))).toBe('ok');
    expect(said(verifyKeptAssignment(state, await world.assignment('v1', { by: world.officers('t2') })))).toBe('REJ_KEY_USAGE platform');
    expect(said(verifyKeptAssignment(state, { ...assignment, payload: (await world.assignment('v2')).payload }))).toBe('REJ_SIGNATURE');
  });
});
