import type { Charter, Root, Roster } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { keyIdOf } from '#libs/suites';
import { applyDocument, documentsSince, lineageOf, trustFromRoot, versionsFor, type Result, type TrustState } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, digestOf, makeKey, NOW, personOf, platformOf, rule, unitOf, type PlatformName, type TestKey, type World } from '../../../support/trust-builder';

const DAY = 86_400_000;

let world: World;
beforeAll(async () => { world = await buildWorld(); });

/** `ok`, or the code and the place of a refusal. */
function said(result: Result<unknown>): string {
  return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
}
const signers = (keys: readonly TestKey[]) => keys.map((key) => key.signer);

describe('trustFromRoot', () => {
  it('accepts a root that two of its three keys signed', async () => {
    expect(said(trustFromRoot(await world.root(), { demo: true }))).toBe('ok');
  });
  it('refuses one signature, a stranger, and the same key counted twice', async () => {
    const [first, second] = world.rootKeys;
    if (first === undefined || second === undefined) throw new Error('the world has root keys');
    expect(said(trustFromRoot(await world.root({ by: [first.signer] }), { demo: true }))).toBe('REJ_THRESHOLD');
    expect(said(trustFromRoot(await world.root({ by: [first.signer, world.stranger.signer] }), { demo: true }))).toBe('REJ_THRESHOLD');
    const once = await world.root({ by: [first.signer] });
    expect(said(trustFromRoot({ ...once, signatures: [...once.signatures, ...once.signatures] }, { demo: true }))).toBe('REJ_SHAPE envelope-keyid-twice');
    expect(said(trustFromRoot(await world.root({ set: { keys: [first.record, first.record, second.record] } }), { demo: true }))).toBe('REJ_KEY_USAGE keys');
  });
  it('takes a demo root only where demo is expected, and the other way round', async () => {
    expect(said(trustFromRoot(await world.root(), { demo: false }))).toBe('REJ_LINEAGE demo');
    expect(said(trustFromRoot(await world.root({ set: { demo: false } }), { demo: true }))).toBe('REJ_LINEAGE demo');
  });
  it('counts only pinned keys when keys are pinned', async () => {
    const ids = world.rootKeys.map((key) => key.record.keyId);
    expect(said(trustFromRoot(await world.root(), { demo: true, pinnedKeyIds: ids }))).toBe('ok');
    expect(said(trustFromRoot(await world.root(), { demo: true, pinnedKeyIds: ids.slice(1) }))).toBe('REJ_THRESHOLD');
  });
  it.each<readonly [string, Partial<Root>, string]>([
    ['a threshold of one', { threshold: 1 }, 'REJ_THRESHOLD threshold'],
    ['a threshold above the number of keys', { threshold: 4 }, 'REJ_THRESHOLD threshold'],
    ['an end before its beginning', { expiresAt: NOW - 30 * DAY }, 'REJ_WINDOW expiresAt'],
    ['version zero', { version: 0 }, 'REJ_SCHEMA version'],
  ])('refuses %s', async (_, set, expected) => {
    expect(said(trustFromRoot(await world.root({ set }), { demo: true }))).toBe(expected);
  });
  it('refuses a weak key', async () => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(`01${'00'.repeat(31)}`, 'hex')]);
    const weak = { keyId: keyIdOf('ed25519', spki), alg: 'ed25519', spki: toBase64(spki) } as const;
    const keys = [...world.rootKeys.slice(0, 2).map((key) => key.record), { keyId: weak.keyId, alg: weak.alg, spki: weak.spki } as Root['keys'][number]];
    expect(said(trustFromRoot(await world.root({ set: { keys } }), { demo: true }))).toBe('REJ_KEY_WEAK keys');
  });
});

describe('root rotation', () => {
  let fresh: readonly TestKey[];
  const next = (version: number, keys: readonly TestKey[], by: readonly TestKey[], set: Partial<Root> = {}) =>
    world.root({ set: { version, keys: keys.map((key) => key.record), ...set }, by: signers(by) });
  beforeAll(async () => { fresh = [await makeKey(), await makeKey(), await makeKey()]; });
  const old = (count: number) => world.rootKeys.slice(0, count);

  it('goes from N to N + 1 with both thresholds', async () => {
    const state = trustAfter(world.trust, await next(2, fresh, [...old(2), ...fresh.slice(0, 2)]));
    expect(state.root.value.version).toBe(2);
    expect(state.rootChain.map((root) => root.value.version)).toEqual([1, 2]);
  });
  it('works with one key lost, and drops the charters that the new root no longer carries', async () => {
    const kept = [...old(2), ...fresh.slice(0, 1)];
    const same = trustAfter(world.trust, await next(2, kept, old(2)));
    expect(same.charters.size).toBe(6);
    const changed = trustAfter(world.trust, await next(2, fresh, [...old(2), ...fresh.slice(0, 2)]));
    expect([changed.charters.size, changed.rosters.size]).toEqual([0, 0]);
    const again = trustAfter(changed, await world.charter('d', { by: signers(fresh), set: { version: 2 } }));
    expect([...again.charters.keys()]).toEqual(['d']);
  });
  it('refuses the old keys alone, the new keys alone, one of either, a skipped version and a step back', async () => {
    expect(said(applyDocument(world.trust, await next(2, fresh, old(3)), NOW))).toBe('REJ_THRESHOLD new');
    expect(said(applyDocument(world.trust, await next(2, fresh, fresh), NOW))).toBe('REJ_KEY_UNKNOWN');
    expect(said(applyDocument(world.trust, await next(2, fresh, [...old(1), ...fresh]), NOW))).toBe('REJ_THRESHOLD old');
    expect(said(applyDocument(world.trust, await next(2, fresh, [...old(2), ...fresh.slice(0, 1)]), NOW))).toBe('REJ_THRESHOLD new');
    expect(said(applyDocument(world.trust, await next(3, fresh, [...old(2), ...fresh]), NOW))).toBe('REJ_VERSIONS version');
    const two = trustAfter(world.trust, await next(2, world.rootKeys, old(2)));
    expect(said(applyDocument(two, await world.root({ set: { graceDays: 1 } }), NOW))).toBe('REJ_VERSION_ROLLBACK version');
    expect(said(applyDocument(two, await world.root(), NOW))).toBe('REJ_VERSION_ROLLBACK version');
    expect(said(applyDocument(two, await next(2, world.rootKeys, old(2), { graceDays: 1 }), NOW))).toBe('REJ_VERSION_ROLLBACK version');
  });
  it('never changes the district or turns a demo into the real thing', async () => {
    expect(said(applyDocument(world.trust, await next(2, world.rootKeys, old(2), { demo: false }), NOW))).toBe('REJ_LINEAGE demo');
    expect(said(applyDocument(world.trust, await next(2, world.rootKeys, old(2), { district: platformOf('t1') }), NOW))).toBe('REJ_LINEAGE district');
  });
  it('changes nothing when the root in force comes again, and refuses one dated ahead', async () => {
    const again = applyDocument(world.trust, world.expected.rootEnvelope, NOW);
    expect(again.ok && again.value === world.trust).toBe(true);
    expect(said(applyDocument(world.trust, await next(2, world.rootKeys, old(2), { issuedAt: NOW + DAY, expiresAt: NOW + 2 * DAY }), NOW))).toBe('REJ_NOT_YET issuedAt');
  });
  it('lets a verifier that was away since version 1 walk to version 5', async () => {
    let state: TrustState = world.trust;
    let keys: readonly TestKey[] = world.rootKeys;
    for (let version = 2; version <= 5; version += 1) {
      const after = [await makeKey(), ...keys.slice(0, 2)];
      state = trustAfter(state, await next(version, after, [...keys.slice(0, 2), ...after.slice(0, 2)].filter((key, n, all) => all.indexOf(key) === n)));
      keys = after;
    }
    expect(state.root.value.version).toBe(5);
  });
});

describe('charters', () => {
  const apply = async (name: PlatformName, set: Partial<Charter>, by?: readonly TestKey[], state: TrustState = world.trust): Promise<string> =>
    said(applyDocument(state, await world.charter(name, { set: { version: 2, ...set }, ...(by === undefined ? {} : { by: signers(by) }) }), NOW));
  const officersOf = (name: string) => world.platform(name).officers.map((officer) => officer.key);

  it('are signed by the root for the district, by the parent for all others, at its threshold', async () => {
    expect(await apply('d', {})).toBe('ok');
    expect(await apply('d', {}, world.rootKeys.slice(0, 1))).toBe('REJ_THRESHOLD');
    expect(await apply('d', {}, officersOf('d'))).toBe('REJ_THRESHOLD');
    expect(await apply('t1', {})).toBe('ok');
    expect(await apply('t1', {}, officersOf('d').slice(0, 1))).toBe('REJ_THRESHOLD');
    expect(await apply('t1', {}, officersOf('t1'))).toBe('REJ_KEY_USAGE platform');
    expect(await apply('t1', {}, officersOf('t2'))).toBe('REJ_KEY_USAGE platform');
    expect(await apply('t1', {}, world.rootKeys)).toBe('REJ_KEY_USAGE platform');
    expect(await apply('t1', {}, [world.stranger])).toBe('REJ_KEY_UNKNOWN');
  });
  it('count persons: two keys of one officer are one', async () => {
    const second = await makeKey();
    const officers = [...world.charterPayload('d').officers, { person: personOf('d-officer-1'), key: second.record }];
    const state = trustAfter(world.trust, await world.charter('d', { set: { version: 2, officers } }));
    const [first] = officersOf('d');
    expect(await apply('t1', {}, first === undefined ? [] : [first, second], state)).toBe('REJ_THRESHOLD');
  });

  const wide = (): readonly (readonly [string, PlatformName, Partial<Charter>, string])[] => {
    const area = (id: string, parent: string | null) => ({ id: areaOf(id), parent: parent === null ? null : areaOf(parent), name: id, codes: ['360123000000'] });
    return [
      ['a tier as high as the parent', 't1', { tier: 'district' }, 'REJ_WIDENS tier'],
      ['a village that calls itself a township', 'v1', { tier: 'township' }, 'REJ_WIDENS tier'],
      ['an area outside the parent', 'v1', { areas: [area('v1-area', 't2-area')] }, 'REJ_WIDENS areas'],
      ['an area directly under the district', 'v1', { areas: [area('v1-area', 'd-area')] }, 'REJ_WIDENS areas'],
      ['an area without a parent', 'v1', { areas: [area('v1-area', null)] }, 'REJ_WIDENS areas'],
      ['an area of nowhere', 'v1', { areas: [area('v1-area', 'moon')] }, 'REJ_WIDENS areas'],
      ['an area that another one above already is', 'v1', { areas: [area('v1-area', 't1-area'), area('t1-area', 't1-area')] }, 'REJ_WIDENS areas'],
      ['an area twice', 'v1', { areas: [area('v1-area', 't1-area'), area('v1-area', 't1-area')] }, 'REJ_WIDENS areas'],
      ['an expiry beyond 400 days', 't1', { expiresAt: NOW + 381 * DAY }, 'REJ_WIDENS expiresAt'],
      ['an end before its beginning', 't1', { expiresAt: NOW - 20 * DAY }, 'REJ_WIDENS expiresAt'],
      ['another parent', 'v1', { parent: platformOf('t2'), areas: [area('v1-area', 't2-area')] }, 'REJ_LINEAGE parent'],
      ['a platform of no parent', 't1', { parent: null, tier: 'district', areas: [area('t1-area', null)] }, 'REJ_LINEAGE parent'],
      ['a threshold that nobody can reach', 't1', { threshold: 4 }, 'REJ_THRESHOLD threshold'],
      ['one officer alone, who could write any roster', 't1', { threshold: 1 }, 'REJ_THRESHOLD threshold'],
    ];
  };
  it('can only narrow', async () => {
    for (const [name, platform, set, expected] of wide()) expect({ name, said: await apply(platform, set) }).toEqual({ name, said: expected });
    const cell = { id: areaOf('v1-cell'), parent: areaOf('v1-area'), name: 'cell', codes: ['360123000001'] };
    expect(await apply('v1', { areas: [...world.charterPayload('v1').areas, cell] })).toBe('ok');
  });
  it('declare an area once: not one of a neighbour, and what a child took from above falls', async () => {
    const area = { id: areaOf('v2-area'), parent: areaOf('t1-area'), name: 'v2', codes: ['360123000009'] };
    expect(await apply('v1', { areas: [...world.charterPayload('v1').areas, area] })).toBe('REJ_WIDENS areas');
    const above = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, areas: [...world.charterPayload('t1').areas, { ...area, id: areaOf('v2-area') }] } }));
    expect([...above.charters.keys()]).toEqual(['d', 't1', 't2', 'v1', 'v3']);
  });
  it('never hold a class, severity, mode or minimum that the parent does not have', async () => {
    const { ceilings } = world.charterPayload('t1');
    const least = (approvals: number): Charter['minimumApprovals'] => [{ class: 'emergency', tier: 'village', approvals }];
    const narrowed: Partial<Charter> = { ceilings: { classes: ['emergency', 'notice'], severities: ['red'], modes: ['actual'] }, minimumApprovals: least(2) };
    const state = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, ...narrowed } }));
    const inner = { classes: ['emergency'], severities: ['red'], modes: ['actual'] } as const;
    const within: Partial<Charter> = { ceilings: { classes: [...inner.classes], severities: [...inner.severities], modes: [...inner.modes] }, minimumApprovals: least(2) };
    expect(await apply('v1', within, undefined, state)).toBe('ok');
    expect(await apply('v1', { ...within, ceilings: { ...ceilings, severities: ['red'], modes: ['actual'] } }, undefined, state)).toBe('REJ_WIDENS ceilings.classes');
    expect(await apply('v1', { ...within, ceilings: { ...ceilings, classes: ['emergency'], modes: ['actual'] } }, undefined, state)).toBe('REJ_WIDENS ceilings.severities');
    expect(await apply('v1', { ...within, ceilings: { ...ceilings, classes: ['emergency'], severities: ['red'] } }, undefined, state)).toBe('REJ_WIDENS ceilings.modes');
    expect(await apply('v1', { ...within, minimumApprovals: [] }, undefined, state)).toBe('REJ_WIDENS minimumApprovals');
    expect(await apply('v1', { ...within, minimumApprovals: least(3) }, undefined, state)).toBe('ok');
  });
  it('fall when their parent is narrowed below them, and stand again when they have followed', async () => {
    const narrow: Partial<Charter> = { ceilings: { ...world.charterPayload('t1').ceilings, modes: ['actual'] } };
    const state = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, ...narrow } }));
    expect([...state.charters.keys()]).toEqual(['d', 't1', 't2', 'v3']);
    expect([...state.rosters.keys()]).toEqual(['d', 't1', 't2', 'v3']);
    const again = trustAfter(trustAfter(state, await world.charter('v1', { set: { version: 2, ...narrow } })), await world.roster('v1'));
    expect([...again.rosters.keys()]).toContain('v1');
  });
  it('keep officers apart from the root and from the servers above', async () => {
    const withOfficer = (key: TestKey): Partial<Charter> => ({ officers: [...world.charterPayload('t1').officers, { person: personOf('t1-officer-9'), key: key.record }] });
    const [rootKey] = world.rootKeys;
    expect(await apply('t1', withOfficer(rootKey ?? world.stranger))).toBe('REJ_KEY_USAGE officers');
    expect(await apply('t1', withOfficer(world.platform('d').dispatcher))).toBe('REJ_KEY_USAGE officers');
    expect(await apply('t1', withOfficer(world.platform('d').log))).toBe('REJ_KEY_USAGE officers');
    expect(await apply('t1', { officers: [...world.charterPayload('t1').officers, ...world.charterPayload('t1').officers.slice(0, 1)] })).toBe('REJ_KEY_USAGE officers');
    expect(await apply('t1', withOfficer(world.stranger))).toBe('ok');
  });
  it('stay small', async () => {
    const codes = Array.from({ length: 8 }, (_, n) => `36012300000${n}`);
    const areas = Array.from({ length: 16 }, (_, n) => ({ id: areaOf(`t1-${n}-${'x'.repeat(50)}`), parent: areaOf('d-area'), name: '片'.repeat(60), codes }));
    expect(await apply('t1', { areas })).toBe('REJ_SIZE');
  });
});

describe('versions', () => {
  it('only rise, for each kind of document by itself', async () => {
    for (const kind of ['charter', 'roster'] as const) {
      const two = await world[kind]('t1', { set: { version: 2 } });
      const state = trustAfter(world.trust, two);
      expect(said(applyDocument(state, await world[kind]('t1'), NOW))).toBe('REJ_VERSION_ROLLBACK version');
      expect(said(applyDocument(state, await world[kind]('t1', { set: { version: 2, expiresAt: NOW + DAY } }), NOW))).toBe('REJ_VERSION_ROLLBACK version');
      const again = applyDocument(state, two, NOW);
      expect(again.ok && again.value === state).toBe(true);
    }
  });
  it('never go back in time: whoever has left since cannot write a next one from the time before', async () => {
    const next = await world.roster('t1', { set: { version: 2, issuedAt: NOW - 2 * DAY } });
    const trust = trustAfter(world.trust, next);
    expect(said(applyDocument(trust, await world.roster('t1', { set: { version: 3, issuedAt: NOW - 3 * DAY } }), NOW))).toBe('REJ_VERSION_ROLLBACK issuedAt');
    expect(said(applyDocument(trust, await world.roster('t1', { set: { version: 3, issuedAt: NOW - 2 * DAY } }), NOW))).toBe('ok');
    expect(said(applyDocument(trust, next, NOW))).toBe('ok');
  });

  it('keep their floor when the document itself has fallen', async () => {
    const five = trustAfter(world.trust, await world.roster('t1', { set: { version: 5 } }));
    const officers = world.platform('t1').officers.slice(0, 2).map((officer) => officer.key.record.keyId);
    const fallen = trustAfter(five, await world.revocation('d', { set: { entries: officers.map((keyId) => ({ keyId, reason: 'compromised' as const, since: NOW })) } }));
    expect(fallen.rosters.has(platformOf('t1'))).toBe(false);
    const newOfficers = [await makeKey(), await makeKey()];
    const charter = await world.charter('t1', { set: { version: 2, officers: newOfficers.map((key, n) => ({ person: personOf(`t1-new-${n}`), key: key.record })) } });
    const state = trustAfter(fallen, charter);
    expect(said(applyDocument(state, await world.roster('t1', { by: signers(newOfficers), set: { version: 4 } }), NOW))).toBe('REJ_VERSION_ROLLBACK version');
    expect(said(applyDocument(state, await world.roster('t1', { by: signers(newOfficers), set: { version: 6 } }), NOW))).toBe('ok');
  });
  it('are not taken from a document dated ahead, unless the time is unknown', async () => {
    const ahead = await world.roster('t1', { set: { version: 2, issuedAt: NOW + DAY } });
    expect(said(applyDocument(world.trust, ahead, NOW))).toBe('REJ_NOT_YET issuedAt');
    expect(said(applyDocument(world.trust, ahead, null))).toBe('ok');
  });
  it('refuse every other kind, and what is no envelope', async () => {
    expect(said(applyDocument(world.trust, await world.message('t1'), NOW))).toBe('REJ_TYPE');
    for (const value of [null, 3, {}, { payloadType: 'application/json' }]) expect(said(applyDocument(world.trust, value, NOW))).toBe('REJ_TYPE');
  });
});

describe('rosters', () => {
  const apply = async (set: Partial<Roster>, by?: readonly TestKey[], state: TrustState = world.trust): Promise<string> =>
    said(applyDocument(state, await world.roster('t1', { set: { version: 2, ...set }, ...(by === undefined ? {} : { by: signers(by) }) }), NOW));
  const officers = () => world.platform('t1').officers.map((officer) => officer.key);
  const persons = (who: string, keys: readonly TestKey[]) => world.rosterPayload('t1').persons.map((person) =>
    (person.id === personOf(`t1-${who}`) ? { ...person, keys: keys.map((key) => key.record) } : person));

  it("are signed by the platform's own officers at its threshold", async () => {
    expect(await apply({})).toBe('ok');
    expect(await apply({}, officers().slice(1))).toBe('ok');
    expect(await apply({}, officers().slice(0, 1))).toBe('REJ_THRESHOLD');
    expect(await apply({}, world.platform('d').officers.map((officer) => officer.key))).toBe('REJ_KEY_USAGE platform');
    expect(await apply({}, [world.key('t1', 'author'), world.platform('t1').dispatcher])).toBe('REJ_KEY_USAGE');
  });
  it('register a key once: not under two persons, not in two uses, not one of the root or a server above', async () => {
    const author = world.key('t1', 'author');
    const [officer] = officers();
    const [rootKey] = world.rootKeys;
    if (officer === undefined || rootKey === undefined) throw new Error('the world has officers and root keys');
    expect(await apply({ persons: persons('approver-a', [author]) })).toBe('REJ_KEY_USAGE keys');
    expect(await apply({ persons: persons('approver-a', [world.stranger, world.stranger]) })).toBe('REJ_KEY_USAGE keys');
    expect(await apply({ dispatcher: author.record })).toBe('REJ_KEY_USAGE keys');
    expect(await apply({ logKey: world.platform('t1').dispatcher.record })).toBe('REJ_KEY_USAGE keys');
    expect(await apply({ dispatcher: officer.record })).toBe('REJ_KEY_USAGE officers');
    expect(await apply({ persons: persons('approver-a', [officer]) })).toBe('REJ_KEY_USAGE officers');
    expect(await apply({ persons: persons('approver-a', [rootKey]) })).toBe('REJ_KEY_USAGE keys');
    expect(await apply({ dispatcher: world.platform('d').dispatcher.record })).toBe('REJ_KEY_USAGE keys');
    expect(await apply({ persons: persons('approver-a', [world.platform('d').log]) })).toBe('REJ_KEY_USAGE keys');
  });
  it('let an officer be a listed person with the same key', async () => {
    const [officer] = officers();
    const listed = [...world.rosterPayload('t1').persons, { id: personOf('t1-officer-1'), unit: unitOf('t1-office'), roles: ['officer' as const, 'approver' as const], keys: officer === undefined ? [] : [officer.record] }];
    expect(await apply({ persons: listed })).toBe('ok');
  });
  it('refuse weak keys, a key id that is not its hash, and points off the curve', async () => {
    const weakPoint = (hex: string) => {
      const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(hex, 'hex')]);
      return { keyId: keyIdOf('ed25519', spki), alg: 'ed25519', spki: toBase64(spki) } as Roster['dispatcher'];
    };
    expect(await apply({ dispatcher: weakPoint(`01${'00'.repeat(31)}`) })).toBe('REJ_KEY_WEAK keys');
    expect(await apply({ dispatcher: weakPoint('00'.repeat(32)) })).toBe('REJ_KEY_WEAK keys');
    expect(await apply({ dispatcher: { ...world.stranger.record, keyId: world.key('t1', 'author').record.keyId } })).toBe('REJ_KEY_WEAK keys');
  });
  it('ask in their policy at least what the charter asks, for the classes and tiers it decides', async () => {
    const state = trustAfter(world.trust, await world.charter('t1', { set: { version: 2, minimumApprovals: [{ class: 'emergency', tier: 'township', approvals: 2 }] } }));
    const policy = (...rules: Roster['policy']['rules']) => ({ policy: { version: 2, rules } });
    expect(await apply(policy(rule(['emergency'], ['actual'], [], 2, 'none')), undefined, state)).toBe('ok');
    expect(await apply(policy(rule(['emergency'], ['actual'], [], 1, 'none')), undefined, state)).toBe('REJ_POLICY policy');
    expect(await apply(policy(rule(['emergency'], ['drill'], [], 1, 'none')), undefined, state)).toBe('REJ_POLICY policy');
    expect(await apply(policy(rule(['emergency'], ['actual'], ['village'], 1, 'none')), undefined, state)).toBe('ok');
    expect(await apply(policy(rule(['emergency'], ['test'], [], 1, 'none')), undefined, state)).toBe('ok');
    const [step] = rule(['emergency'], ['actual'], [], 2, 'none').steps;
    const after = { ...rule(['emergency'], ['actual'], [], 1, 'none'), steps: step === undefined ? [] : [{ ...step, count: 1 }, { ...step, name: 'after', mayFollowAir: true }] };
    expect(await apply(policy(after), undefined, state)).toBe('REJ_POLICY policy');
  });
  it.each<readonly [string, (roster: Roster) => Partial<Roster>, string]>([
    ['a person of a unit that is not there', (roster) => ({ persons: roster.persons.map((person) => ({ ...person, unit: unitOf('nowhere') })) }), 'REJ_UNIT persons'],
    ['a person twice', (roster) => ({ persons: [...roster.persons, ...roster.persons.slice(0, 1)] }), 'REJ_SCHEMA persons'],
    ['a unit twice', (roster) => ({ units: [...roster.units, ...roster.units] }), 'REJ_SCHEMA units'],
    ['an expiry beyond 400 days', () => ({ expiresAt: NOW + 391 * DAY }), 'REJ_WIDENS expiresAt'],
    ['an unknown field', () => ({ mandates: [] }) as Partial<Roster>, 'REJ_SCHEMA '],
  ])('refuse %s', async (_, change, expected) => {
    expect(await apply(change(world.rosterPayload('t1')))).toBe(expected);
  });
  it('refuse more than 32 KiB, and a platform that has no charter', async () => {
    const keys = await Promise.all(Array.from({ length: 160 }, () => makeKey('es256')));
    const many = Array.from({ length: 64 }, (_, n) => ({
      id: personOf(`p${n}`), unit: unitOf('t1-office'), roles: ['author' as const], keys: keys.slice(n * 2, n * 2 + 2).map((key) => key.record),
    }));
    expect(await apply({ persons: many })).toBe('REJ_SIZE');
    expect(await apply({ persons: many.slice(0, 40) })).toBe('ok');
    const trust = trustFromRoot(world.expected.rootEnvelope, { demo: true });
    expect(trust.ok && said(applyDocument(trust.value, await world.roster('t1'), NOW))).toBe('REJ_KEY_UNKNOWN');
  });
});

describe('the documents of a lineage', () => {
  it('read in the order given bring a fresh verifier to the same state', async () => {
    const revoked = trustAfter(world.trust, await world.revocation('t1'));
    const lineage = lineageOf(revoked, platformOf('v1'));
    expect(lineage).toEqual(['v1', 't1', 'd']);
    const fresh = trustFromRoot(world.expected.rootEnvelope, { demo: true });
    if (!fresh.ok) throw new Error(fresh.code);
    const documents = documentsSince(revoked, lineage, versionsFor(fresh.value, lineage));
    expect(documents).toHaveLength(7);
    const read = documents.reduce(trustAfter, fresh.value);
    expect(versionsFor(read, lineage)).toEqual(versionsFor(revoked, lineage));
    expect(versionsFor(read, lineage)).toEqual({ root: 1, charters: { v1: 1, t1: 1, d: 1 }, rosters: { v1: 1, t1: 1, d: 1 }, revocations: { t1: 1 } });
    expect(documentsSince(revoked, lineage, versionsFor(read, lineage))).toEqual([]);
    expect(documentsSince(revoked, lineage, null).map(digestOf)[0]).toBe(digestOf(world.expected.rootEnvelope));
  });
  it('end at a platform that is not chartered', () => {
    expect(lineageOf(world.trust, platformOf('nobody'))).toEqual([]);
  });
});
