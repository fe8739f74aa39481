import type { Roster } from '#libs/contracts';
import { keyIdOf } from '#libs/suites';
import { admit, applyDocument, trustFromRoot, type Result } from '#libs/trust';
import { codeOf, factsFor } from '../../../support/admit-facts';
import { makePasskey } from '../../../support/passkey';
import { allIn, buildWorld, makeKey, NOW, personOf, type TestKey, type World } from '../../../support/trust-builder';

function said(result: Result<unknown>): string {
  return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
}

describe('profile gm', () => {
  let world: World;
  beforeAll(async () => { world = await buildWorld({ suites: allIn('sm2-sm3') }); });

  const keysOf = (who: string, keys: readonly Roster['persons'][number]['keys'][number][]): Roster['persons'] =>
    world.rosterPayload('t1').persons.map((person) => (person.id === personOf(`t1-${who}`) ? { ...person, keys: [...keys] } : person));
  const roster = async (set: Partial<Roster>): Promise<string> => said(applyDocument(world.trust, await world.roster('t1', { set: { version: 2, ...set } }), NOW));

  it('plays an order that every role signed with SM2', async () => {
    const { order } = await world.order('t1');
    expect(admit(factsFor(world, 't1', order, { trust: world.trustOf('t1') })).kind).toBe('play');
    const changed = (await world.order('t1', { approvers: ['approver-a'] })).order;
    expect(codeOf(admit(factsFor(world, 't1', changed, { trust: world.trustOf('t1') })))).toBe('REJ_APPROVAL_MISSING');
  });

  it.each(['ed25519', 'es256'] as const)('takes no key of %s: not of the root, an officer, a person, the dispatcher or the log', async (alg) => {
    const foreign = await makeKey(alg);
    const [first, second] = world.rootKeys;
    if (first === undefined || second === undefined) throw new Error('the world has root keys');
    const root = await world.root({ set: { keys: [first.record, second.record, foreign.record] } });
    expect(said(trustFromRoot(root, { demo: true }))).toBe('REJ_KEY_USAGE profile');
    const officers = world.charterPayload('t1').officers.map((officer, at) => (at === 2 ? { ...officer, key: foreign.record } : officer));
    expect(said(applyDocument(world.trust, await world.charter('t1', { set: { version: 2, officers } }), NOW))).toBe('REJ_KEY_USAGE profile');
    expect(await roster({})).toBe('ok');
    expect(await roster({ dispatcher: foreign.record })).toBe('REJ_KEY_USAGE profile');
    expect(await roster({ logKey: foreign.record })).toBe('REJ_KEY_USAGE profile');
    expect(await roster({ persons: keysOf('approver-a', [foreign.record]) })).toBe('REJ_KEY_USAGE profile');
  });

  it('takes no passkey: its curve is another', async () => {
    const { key } = await makePasskey();
    expect(await roster({ persons: keysOf('approver-a', [key]) })).toBe('REJ_KEY_USAGE profile');
  });

  it('does not change under the next root, in either direction', async () => {
    const next = async (of: World, profile: 'open' | 'gm', keys: readonly TestKey[]): Promise<string> => {
      const by = [...of.rootKeys, ...keys].map(({ signer }) => signer);
      return said(applyDocument(of.trust, await of.root({ set: { version: 2, profile, keys: keys.map(({ record }) => record) }, by }), NOW));
    };
    const fresh = async (alg: 'ed25519' | 'sm2-sm3'): Promise<readonly TestKey[]> => [await makeKey(alg), await makeKey(alg), await makeKey(alg)];
    const open = await buildWorld();
    expect(await next(world, 'gm', await fresh('sm2-sm3'))).toBe('ok');
    expect(await next(world, 'open', await fresh('ed25519'))).toBe('REJ_LINEAGE profile');
    expect(await next(world, 'gm', await fresh('ed25519'))).toBe('REJ_KEY_USAGE profile');
    expect(await next(open, 'gm', await fresh('sm2-sm3'))).toBe('REJ_LINEAGE profile');
    expect(await next(open, 'open', await fresh('sm2-sm3'))).toBe('ok');
  });
});

describe('profile open', () => {
  it.each(['es256', 'sm2-sm3', 'webauthn-es256'] as const)('plays an order whose persons all sign with %s', async (alg) => {
    const suites = { ...allIn(alg), profile: 'open' as const };
    const world = await buildWorld({ suites: { ...suites, person: (who) => (who === 'approver-a' && alg === 'es256' ? 'webauthn-es256' : alg) } });
    const { order } = await world.order('t1');
    expect(codeOf(admit(factsFor(world, 't1', order, { trust: world.trustOf('t1') })))).toBe('play');
  });

  it('counts a passkey as user verification where a browser key counts for nothing', async () => {
    const verdict = async (second: 'es256' | 'webauthn-es256'): Promise<string> => {
      const world = await buildWorld({ suites: { profile: 'open', servers: 'ed25519', person: (who) => (who === 'approver-b' ? second : who === 'approver-a' ? 'es256' : 'ed25519') } });
      const { order } = await world.order('t1');
      return codeOf(admit(factsFor(world, 't1', order, { trust: world.trustOf('t1') })));
    };
    expect(await verdict('es256')).toBe('REJ_VERIFICATION');
    expect(await verdict('webauthn-es256')).toBe('play');
  });

  it('refuses one P-256 key under both of its suites: it would be two persons', async () => {
    const world = await buildWorld();
    const passkey = await makePasskey();
    const { rp: _rp, ...bare } = passkey.key;
    const { record } = await makeKey('es256');
    const twin = { ...record, spki: bare.spki, keyId: keyIdOf('es256', Buffer.from(bare.spki, 'base64')) as typeof record.keyId };
    const persons = world.rosterPayload('t1').persons.map((person, at) => (at === 1 ? { ...person, keys: [passkey.key] } : at === 2 ? { ...person, keys: [twin] } : person));
    expect(said(applyDocument(world.trust, await world.roster('t1', { set: { version: 2, persons } }), NOW))).toBe('REJ_KEY_USAGE keys');
  });
});
