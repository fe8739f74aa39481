import { drillIdSchema } from '#libs/contracts';
import { admit, isolationOf, quietHoursOf, verifyIsolate, volumeHoursOf, type Result } from '#libs/trust';
import { silencedByIsolation, type Isolation } from '#libs/domain';
import { codeOf, factsFor, trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, chainOf, digestNamed, digestOf, NOW, platformOf, type World } from '../../../support/trust-builder';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: World;
beforeAll(async () => { world = await buildWorld(); });

const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const judged = async (name: 'd' | 't1' | 'v1', signing: Parameters<World['isolate']>[1] = {}, now: number | null = NOW): Promise<string> =>
  said(verifyIsolate(world.trust, await world.isolate(name, signing), now));
async function kept(name: 'd' | 't1' | 'v1', signing: Parameters<World['isolate']>[1] = {}): Promise<Isolation> {
  const verified = verifyIsolate(world.trust, await world.isolate(name, signing), NOW);
  if (!verified.ok) throw new Error(verified.code);
  return isolationOf(verified.value);
}

describe('an isolate', () => {
  it('is given by enough officers of the platform, and says what a terminal has to remember', async () => {
    const envelope = await world.isolate('v1');
    const verified = verifyIsolate(world.trust, envelope, NOW);
    if (!verified.ok) throw new Error(verified.code);
    expect(verified.value).toMatchObject({ digest: digestOf(envelope), tier: 'village', except: ['emergency'], keyIds: world.officers('v1').slice(0, 2).map(({ key }) => key.keyId) });
    const isolation = isolationOf(verified.value);
    expect(isolation).toEqual({ isolateId: verified.value.isolate.isolateId, platform: 'v1', tier: 'village', area: 'v1-area', notAfter: NOW + HOUR, except: ['emergency'] });
    expect(JSON.parse(JSON.stringify(isolation))).toEqual(isolation);
  });

  it('counts persons: one officer twice is one, and people of the roster are none', async () => {
    const [first] = world.officers('t1');
    if (first === undefined) throw new Error('no officer');
    expect(await judged('t1', { by: [first] })).toBe('REJ_THRESHOLD');
    expect(await judged('t1', { by: [first, world.key('t1', 'stopper').signer] })).toBe('REJ_THRESHOLD');
    expect(await judged('t1', { by: [world.key('t1', 'stopper').signer, world.platform('t1').dispatcher.signer] })).toBe('REJ_KEY_USAGE');
    expect(await judged('t1', { by: world.officers('d').slice(0, 2) })).toBe('REJ_KEY_USAGE platform');
    expect(await judged('t1', { by: [world.stranger.signer] })).toBe('REJ_KEY_UNKNOWN');
  });

  it('is void once an officer that it needs is compromised, and stands when one left after it', async () => {
    const keyId = world.officers('t1')[0]?.key.keyId;
    if (keyId === undefined) throw new Error('no officer');
    const after = async (reason: 'compromised' | 'left', since: number) => {
      const by = world.officers('t1').slice(2, 3);
      const trust = trustAfter(world.trust, await world.revocation('t1', { by, set: { entries: [{ keyId: keyId as never, reason, since }] } }));
      return said(verifyIsolate(trust, await world.isolate('t1'), NOW));
    };
    expect(await after('compromised', NOW)).toBe('REJ_KEY_REVOKED');
    expect(await after('left', NOW)).toBe('REJ_KEY_REVOKED');
    expect(await after('left', NOW + 1)).toBe('ok');
  });

  it('lasts at most an hour, runs now, and is refused while the time is unknown', async () => {
    expect(await judged('t1', { set: { notAfter: NOW + 1 } })).toBe('ok');
    expect(await judged('t1', { set: { notAfter: NOW } })).toBe('REJ_WINDOW notAfter');
    expect(await judged('t1', { set: { notAfter: NOW + HOUR + 1 } })).toBe('REJ_WINDOW notAfter');
    expect(await judged('t1', { set: { issuedAt: NOW + 5 * MINUTE, notAfter: NOW + HOUR } })).toBe('ok');
    expect(await judged('t1', { set: { issuedAt: NOW + 5 * MINUTE + 1, notAfter: NOW + HOUR } })).toBe('REJ_NOT_YET issuedAt');
    expect(await judged('t1', {}, NOW + HOUR - 1)).toBe('ok');
    expect(await judged('t1', {}, NOW + HOUR)).toBe('REJ_EXPIRED notAfter');
    expect(await judged('t1', {}, null)).toBe('REJ_TIME_UNKNOWN');
  });

  it('stays inside the areas of the charter; another district\'s area is nobody\'s attack', async () => {
    expect(await judged('t1', { set: { area: areaOf('v1-area') } })).toBe('ok');
    expect(await judged('t1', { set: { area: areaOf('v3-area') } })).toBe('REJ_AREA area');
    expect(await judged('v1', { set: { area: areaOf('t1-area') } })).toBe('REJ_AREA area');
    expect(await judged('t1', { set: { area: areaOf('hamlet') } })).toBe('REJ_NOT_TARGETED area');
    const chain = [{ id: areaOf('hamlet'), parent: areaOf('v1-area') }, ...chainOf('v1')];
    expect(said(verifyIsolate(world.trust, await world.isolate('v1', { set: { area: areaOf('hamlet') } }), NOW, chain))).toBe('ok');
  });

  it('needs a charter in force, for in doubt warnings from above are heard', async () => {
    const trust = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, expiresAt: NOW } }));
    expect(said(verifyIsolate(trust, await world.isolate('t1'), NOW))).toBe('REJ_CHARTER_EXPIRED');
  });
});

describe('an isolation on a terminal', () => {
  it('shuts out what comes from above its signer, but for the classes that the root names', async () => {
    const [byTownship, byVillage] = [await kept('t1'), await kept('v1')];
    const out = (isolation: Isolation, tier: 'district' | 'township' | 'village', kind: 'emergency' | 'advisory' | 'daily', now = NOW): boolean =>
      silencedByIsolation({ tier, class: kind, mode: 'actual' }, isolation, chainOf('v1'), now);
    expect([out(byTownship, 'district', 'advisory'), out(byTownship, 'township', 'advisory'), out(byTownship, 'village', 'advisory')]).toEqual([true, false, false]);
    expect([out(byVillage, 'district', 'daily'), out(byVillage, 'township', 'daily'), out(byVillage, 'village', 'daily')]).toEqual([true, true, false]);
    expect(out(byVillage, 'district', 'emergency')).toBe(false);
    expect(out({ ...byVillage, except: [] }, 'district', 'emergency')).toBe(true);
    expect([out(byVillage, 'district', 'daily', NOW + HOUR - 1), out(byVillage, 'district', 'daily', NOW + HOUR)]).toEqual([true, false]);
    expect(silencedByIsolation({ tier: 'district', class: 'daily', mode: 'actual' }, byVillage, chainOf('v2'), NOW)).toBe(false);
  });

  it('lets no drill from above through, not even one of a class that the root names', async () => {
    const drill = { mode: 'drill' as const, drill: { plan: drillIdSchema.parse(world.nextId()), kind: 'terminal' as const } };
    const [fromAbove, own] = [await world.order('d', { message: { set: drill } }), await world.order('t1', { message: { set: drill } })];
    const isolations = [await kept('t1')];
    expect(admit(factsFor(world, 't1', fromAbove.order, { isolations }))).toMatchObject({ kind: 'isolated', code: 'REJ_ISOLATED' });
    expect([codeOf(admit(factsFor(world, 't1', fromAbove.order))), codeOf(admit(factsFor(world, 't1', own.order, { isolations })))]).toEqual(['play', 'play']);
    expect(codeOf(admit(factsFor(world, 't1', (await world.order('d')).order, { isolations })))).toBe('play');
  });

  it('is reported with what it shut out, and is no reason to hide who was targeted', async () => {
    const body = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
    const notice = await world.order('d', { message: { set: { class: 'notice', severity: 'none', body } }, approvers: ['approver-a'] });
    const isolations = [await kept('t1')];
    const decision = admit(factsFor(world, 't1', notice.order, { isolations }));
    expect(decision).toMatchObject({ kind: 'isolated', code: 'REJ_ISOLATED', subject: digestOf(notice.dispatch), order: { dispatchDigest: digestOf(notice.dispatch) } });
    expect(decision).not.toHaveProperty('writes');
    const elsewhere = await world.order('d', { message: { set: { class: 'notice', severity: 'none', body, targets: { areas: [areaOf('t2-area')], terminals: [] } } }, approvers: ['approver-a'] });
    expect(codeOf(admit(factsFor(world, 't1', elsewhere.order, { isolations })))).toBe('REJ_NOT_TARGETED');
  });
});

describe('the hours of a lineage', () => {
  it('are those of the platform and of every platform above it', async () => {
    const band = (fromMinute: number) => ({ fromMinute, toMinute: fromMinute + 10 });
    const bound = (fromMinute: number) => ({ ...band(fromMinute), classes: ['daily' as const], volume: 'low' as const });
    let trust = world.trust;
    for (const [index, name] of (['d', 't1', 't2', 'v1'] as const).entries()) {
      trust = trustAfter(trust, await world.roster(name, { set: { version: 2, quietHours: [band(index)], volumeHours: [bound(index)] } }));
    }
    expect(quietHoursOf(trust, platformOf('v1'))).toEqual([band(3), band(1), band(0)]);
    expect(quietHoursOf(trust, platformOf('d'))).toEqual([band(0)]);
    expect(volumeHoursOf(trust, platformOf('v3'))).toEqual([bound(2), bound(0)]);
    expect(quietHoursOf(trust, platformOf('nowhere'))).toEqual([]);
  });

  it('refuse a band that begins where it ends: is it nothing or the whole day?', async () => {
    for (const set of [{ quietHours: [{ fromMinute: 60, toMinute: 60 }] }, { volumeHours: [{ fromMinute: 60, toMinute: 60, classes: ['daily' as const], volume: 'low' as const }] }]) {
      const roster = await world.roster('t1', { set: { version: 2, ...set } });
      expect(() => trustAfter(world.trust, roster)).toThrow(/REJ_SCHEMA (quietHours|volumeHours)/);
    }
  });
});
