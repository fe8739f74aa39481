import type { Message, PlatformId, Revocation } from '#libs/contracts';
import { admit, applyDocument, heardAt, memoryOf, quietHoursOf, volumeHoursOf, type TrustState } from '#libs/trust';
import { codeOf, factsFor, rebooted, trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, digestNamed, NOW, platformOf, type OrderParts, type PlatformName, type World } from '../../../support/trust-builder';

let world: World;
/** The first officer of the township, who signed the villages' charters and its own roster, is found out by another. */
let fallen: TrustState;
beforeAll(async () => {
  world = await buildWorld();
  fallen = trustAfter(world.trust, await found('t1'));
});

async function found(name: PlatformName, by: PlatformName = name): Promise<ReturnType<World['revocation']>> {
  const [first, , third] = world.platform(name).officers;
  if (first === undefined || third === undefined) throw new Error('the world has three officers');
  const entries: Revocation['entries'] = [{ keyId: first.key.record.keyId, reason: 'compromised', since: NOW }];
  return world.revocation(by, { set: { entries }, ...(by === name ? { by: [third.key.signer] } : {}) });
}
const others = (name: PlatformName) => world.officers(name).slice(1);
const said = (trust: TrustState, order: OrderParts, at: PlatformName = 'v1'): string => codeOf(admit(factsFor(world, at, order.order, { trust })));
const heard = (trust: TrustState, at: PlatformName): readonly PlatformId[] => heardAt(trust, platformOf(at));
const chime = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
const NOTICE: Partial<Message> = { class: 'notice', severity: 'none', body: chime };

describe('a village whose charter fell', () => {
  it('hears the district in every class, and says nothing itself', async () => {
    expect(fallen.charters.has(platformOf('v1'))).toBe(false);
    expect(said(fallen, await world.order('d'))).toBe('play');
    expect(said(fallen, await world.order('d', { message: { set: NOTICE }, approvers: ['approver-a'] }))).toBe('play');
    expect(said(fallen, await world.order('d', { message: { set: { targets: { areas: [areaOf('v1-area')], terminals: [] } } } }))).toBe('play');
    expect(said(fallen, await world.order('v1'))).toBe('REJ_KEY_UNKNOWN');
    expect(said(fallen, await world.order('v1', { message: { set: NOTICE } }))).toBe('REJ_KEY_UNKNOWN');
    expect([heard(world.trust, 'v1'), heard(fallen, 'v1')]).toEqual([['v1', 't1', 'd'], ['t1', 'd']]);
  });

  it('hears the township only when that one speaks with a roster that stands', async () => {
    expect(said(fallen, await world.order('t1'))).toBe('REJ_KEY_UNKNOWN');
    const again = trustAfter(fallen, await world.roster('t1', { set: { version: 2 }, by: others('t1') }));
    const minVersions = { ...world.versions('t1'), rosters: { d: 1, t1: 2 }, revocations: { t1: 1 } };
    expect(said(again, await world.order('t1', { dispatch: { set: { minVersions } } }))).toBe('play');
  });

  it('hears nobody who stands beside it, also where that one takes its area into a charter of its own', async () => {
    const targets = { areas: [areaOf('v1-area')], terminals: [] };
    const [v2, t2] = await Promise.all([world.order('v2', { message: { set: { targets } } }), world.order('t2', { message: { set: { targets } } })]);
    const taken = trustAfter(fallen, await world.charter('t2', { set: { version: 2, areas: [...world.charterPayload('t2').areas, { id: areaOf('v1-area'), parent: areaOf('t2-area'), name: '别处', codes: ['360123000009'] }] }, by: world.officers('d') }));
    expect([said(fallen, t2), said(taken, t2), said(fallen, v2)]).toEqual(['REJ_LINEAGE', 'REJ_LINEAGE', 'REJ_KEY_UNKNOWN']);
  });

  it('hears the district across a township whose charter fell as well, once the district speaks with a roster that stands', async () => {
    const state = trustAfter(world.trust, await found('d'));
    expect([heard(state, 'v1'), heard(state, 't1')]).toEqual([['d'], ['d']]);
    const minVersions = { ...world.versions('d'), rosters: { d: 2 }, revocations: { d: 1 } };
    const order = await world.order('d', { dispatch: { set: { minVersions } } });
    expect(said(state, order)).toBe('REJ_KEY_UNKNOWN');
    const again = trustAfter(state, await world.roster('d', { set: { version: 2 }, by: others('d') }));
    expect([said(again, order), said(again, order, 't1'), said(again, await world.order('t1'))]).toEqual(['play', 'play', 'REJ_KEY_UNKNOWN']);
  });

  it('hears nobody at all where the district\'s own charter fell', async () => {
    const without = { ...world.trust, charters: new Map([...world.trust.charters].filter(([platform]) => platform !== platformOf('d'))) };
    expect(heard(without, 'v1')).toEqual([]);
    expect(said(without, await world.order('d'))).toBe('REJ_LINEAGE');
  });

  it('keeps the quiet hours and volumes of those it hears; its own fell with its roster', async () => {
    const band = (fromMinute: number) => ({ fromMinute, toMinute: fromMinute + 10 });
    const bound = (fromMinute: number) => ({ ...band(fromMinute), classes: ['daily' as const], volume: 'low' as const });
    let state = world.trust;
    for (const [index, name] of (['d', 't1', 'v1'] as const).entries()) state = trustAfter(state, await world.roster(name, { set: { version: 2, quietHours: [band(index)], volumeHours: [bound(index)] } }));
    state = trustAfter(state, await found('t1'));
    expect([quietHoursOf(state, platformOf('v1')), volumeHoursOf(state, platformOf('v1'))]).toEqual([[band(0)], [bound(0)]]);
  });

  it('goes on hearing them after a power cut; what its disk says of another parent counts for nothing while a charter says otherwise', async () => {
    const order = await world.order('d');
    expect(said(rebooted(world, fallen), order)).toBe('play');
    const memory = memoryOf(fallen);
    expect(heard(rebooted(world, fallen, { ...memory, parents: { ...memory.parents, t1: platformOf('t2') } }), 'v1')).toEqual(['t1', 'd']);
    expect(heard(rebooted(world, fallen, { ...memory, parents: {} }), 'v1')).toEqual([]);
  });

  it('speaks again with the next version of its papers, and takes no charter under anybody else', async () => {
    const stolen = await world.charter('v1', { set: { version: 2, parent: platformOf('t2'), areas: [{ id: areaOf('v9-area'), parent: areaOf('t2-area'), name: '别处', codes: ['360123000009'] }] }, by: world.officers('t2') });
    expect(applyDocument(fallen, stolen, NOW)).toMatchObject({ code: 'REJ_LINEAGE' });
    const chartered = trustAfter(fallen, await world.charter('v1', { set: { version: 2 }, by: others('t1') }));
    expect([heard(chartered, 'v1'), said(chartered, await world.order('d'))]).toEqual([['v1', 't1', 'd'], 'play']);
    const again = trustAfter(chartered, await world.roster('v1', { set: { version: 2 }, by: others('t1') }));
    const minVersions = { ...world.versions('v1'), charters: { d: 1, t1: 1, v1: 2 }, rosters: { v1: 2 } };
    expect(said(again, await world.order('v1', { dispatch: { set: { minVersions } } }))).toBe('play');
  });

  it('hears nobody after its fall whom it did not hear before, whoever of the district is found out', async () => {
    for (const name of ['d', 't1', 't2', 'v1', 'v3'] as const) {
      const state = trustAfter(world.trust, await found(name));
      for (const at of ['d', 't1', 't2', 'v1', 'v2', 'v3'] as const) {
        const [before, after] = [heard(world.trust, at), heard(state, at)];
        expect(after.filter((platform) => !before.includes(platform))).toEqual([]);
        expect(after.every((platform) => state.charters.has(platform))).toBe(true);
      }
    }
  });
});
