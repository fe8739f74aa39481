import type { KeyRecord, Person } from '#libs/contracts';
import { applyDocument, verifyAssignment, verifyKeptAssignment, verifyMessage, verifyRestriction, verifyStop, type Result, type TrustState } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { makePasskey, type Passkey } from '../../../support/passkey';
import { buildWorld, NOW, personOf, unitOf, WITH_PASSKEY, type PlatformName, type World } from '../../../support/trust-builder';

/** Public keys are public: whoever signs one platform's documents may write any of them there. */
let world: World;
let passkey: Passkey;
beforeAll(async () => {
  world = await buildWorld({ suites: WITH_PASSKEY });
  passkey = await makePasskey();
});

const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));

function person(platform: PlatformName, id: string, key: KeyRecord): Person {
  return { id: personOf(`${platform}-${id}`), unit: unitOf(`${platform}-office`), roles: ['author', 'stopper'], keys: [key] };
}

async function withPerson(state: TrustState, platform: PlatformName, key: KeyRecord): Promise<TrustState> {
  const roster = world.rosterPayload(platform);
  return trustAfter(state, await world.roster(platform, { set: { version: 2, persons: [...roster.persons, person(platform, 'guest', key)] } }));
}

describe('a passkey that a second platform lists too', () => {
  const elsewhere = { id: 'sign.example.cn', origins: ['https://evil.sign.example.cn'] };

  it('signs for each of them at the origins that this one pinned, and at no other', async () => {
    const at = async (origin: string, name: PlatformName, state: TrustState): Promise<string> => {
      const by = { key: passkey.key, sign: async (bytes: Uint8Array) => passkey.signLying(bytes, { clientData: { origin } }) };
      return said(verifyMessage(state, await world.message(name, { set: { author: personOf(`${name}-guest`) }, by: [by] }), NOW));
    };
    const own = await withPerson(world.trust, 't1', passkey.key);
    for (const state of [await withPerson(own, 'v3', { ...passkey.key, rp: elsewhere }), await withPerson(await withPerson(world.trust, 'v3', { ...passkey.key, rp: elsewhere }), 't1', passkey.key)]) {
      expect(await at('https://sign.example.cn', 't1', state)).toBe('ok');
      expect(await at('https://evil.sign.example.cn', 't1', state)).toBe('REJ_KEY_USAGE platform');
      expect(await at('https://sign.example.cn', 'v3', state)).toBe('REJ_KEY_USAGE platform');
      expect(await at('https://evil.sign.example.cn', 'v3', state)).toBe('ok');
    }
  });

  it('keeps an assignment readable that an officer signed with it, wherever else it is listed', async () => {
    const charter = world.charterPayload('t1');
    const officer = (key: KeyRecord, id: string) => ({ person: personOf(id), key });
    const mine = await world.charter('t1', { set: { version: 2, officers: [...charter.officers, officer(passkey.key, 't1-officer-9')] } });
    const other = world.charterPayload('v3');
    const foreign = await world.charter('v3', { set: { version: 2, officers: [...other.officers, officer({ ...passkey.key, rp: elsewhere }, 't2-officer-9')] } });
    for (const documents of [[mine, foreign], [foreign, mine]]) {
      const state = documents.reduce(trustAfter, world.trust);
      const assignment = await world.assignment('t1', { by: [passkey] });
      expect(said(verifyAssignment(state, assignment))).toBe('ok');
      expect(said(verifyKeptAssignment(state, assignment))).toBe('ok');
    }
  });
});

describe('a stopper whose key another platform lists as its dispatcher', () => {
  it('still stops at home, with one signature', async () => {
    const { record, signer } = world.key('d', 'stopper');
    const state = trustAfter(world.trust, await world.roster('v3', { set: { version: 2, dispatcher: record } }));
    expect(said(verifyStop(state, await world.stop('d', { by: [signer] })))).toBe('ok');
    expect(said(verifyStop(state, await world.stop('t2', { by: [signer] })))).toBe('REJ_KEY_USAGE platform');
  });
});

describe('a dispatcher whose key another platform lists as an officer\'s', () => {
  it('still answers an attack with a posture, and is no officer at home', async () => {
    const { record, signer } = world.platform('v1').dispatcher;
    const charter = world.charterPayload('v3');
    const state = trustAfter(world.trust, await world.charter('v3', { set: { version: 2, officers: [...charter.officers, { person: personOf('t2-officer-9'), key: record }] } }));
    expect(said(verifyRestriction(state, await world.restriction('v1'), NOW))).toBe('ok');
    expect(said(verifyRestriction(state, await world.restriction('v1', { set: { kind: 'period' }, by: [signer] }), NOW))).toMatch(/^REJ_KEY_USAGE/);
    expect(said(applyDocument(state, await world.roster('v1', { set: { version: 2 }, by: [signer] }), NOW))).toMatch(/^REJ_KEY_USAGE/);
  });
});
