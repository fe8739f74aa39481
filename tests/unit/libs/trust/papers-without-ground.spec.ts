import type { AreaDeclaration, Charter, KeyRecord } from '#libs/contracts';
import { keyIdOf } from '#libs/suites';
import { toBase64 } from '#libs/envelope';
import { applyDocument, type Result } from '#libs/trust';
import { areaOf, buildWorld, makeKey, NOW, personOf, platformOf, type PlatformName, type World } from '../../../support/trust-builder';

/** Charters and rosters whose signatures hold and which nevertheless stand on nothing: no such parent, district, area or key (design 4 "Charter", "Keys"). */
let world: World;
beforeAll(async () => { world = await buildWorld(); });

const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const charter = async (name: PlatformName, set: Partial<Charter>): Promise<string> => said(applyDocument(world.trust, await world.charter(name, { set: { version: 2, ...set } }), NOW));
const area = (id: string, parent: string | null): AreaDeclaration => ({ id: areaOf(id), parent: parent === null ? null : areaOf(parent), name: id, codes: ['360123000077'] });

describe('the root', () => {
  it('charters one district, the one that it names, and nothing of another tier', async () => {
    expect(await charter('d', {})).toBe('ok');
    expect(await charter('d', { platform: platformOf('d2') })).toBe('REJ_LINEAGE platform');
    expect(await charter('d', { tier: 'township' })).toBe('REJ_LINEAGE platform');
  });
});

describe('a charter', () => {
  it('of a platform that nobody here has ever seen, under a parent that nobody has, is refused, whoever signed it', async () => {
    expect(await charter('v1', { platform: platformOf('v9'), parent: platformOf('t9'), areas: [area('v9-area', 't1-area')] })).toBe('REJ_LINEAGE parent');
    expect(await charter('v1', { platform: platformOf('v9'), parent: platformOf('t1'), areas: [area('v9-area', 't1-area')] })).toBe('ok');
  });

  it('of the district declares every area that its own areas name as parents', async () => {
    const own = world.charterPayload('d').areas;
    expect(await charter('d', { areas: [...own, area('d-inner', 'd-area')] })).toBe('ok');
    expect(await charter('d', { areas: [...own, area('d-inner', 'moon')] })).toBe('REJ_WIDENS areas');
  });

  it('lists no officer\'s key under which anything verifies, that is not what its id says, that is the root\'s or of a server above', async () => {
    const officers = world.charterPayload('t1').officers.slice(0, 2);
    const withKey = (key: KeyRecord): Promise<string> => charter('t1', { officers: [...officers, { person: personOf('t1-officer-9'), key }] });
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(`01${'00'.repeat(31)}`, 'hex')]);
    const weak = { ...world.stranger.record, keyId: keyIdOf('ed25519', spki), spki: toBase64(spki) } as KeyRecord;
    expect(await withKey((await makeKey()).record)).toBe('ok');
    expect(await withKey(weak)).toBe('REJ_KEY_WEAK officers');
    expect(await withKey({ ...(await makeKey()).record, keyId: world.stranger.record.keyId })).toBe('REJ_KEY_WEAK officers');
    expect(await withKey(world.rootKeys[2]?.record ?? weak)).toBe('REJ_KEY_USAGE officers');
    expect(await withKey(world.platform('d').dispatcher.record)).toBe('REJ_KEY_USAGE officers');
    expect(await withKey(officers[0]?.key ?? weak)).toBe('REJ_KEY_USAGE officers');
  });
});

describe('a roster', () => {
  it('of a platform without a charter is refused, whoever signed it', async () => {
    expect(said(applyDocument(world.trust, await world.roster('t1', { set: { version: 2, platform: platformOf('t9') } }), NOW))).toBe('REJ_LINEAGE platform');
  });
});
