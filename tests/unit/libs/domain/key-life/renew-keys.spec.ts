import { documentDifference, fingerprintOf, isFingerprint, possessionState, rosterWithKeys, rosterWithoutPermit } from '#libs/domain';
import { buildWorld, digestNamed, makeKey, NOW, personOf, type World } from '../../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });
const person = personOf('t1-author');

describe('the next roster without a live permit', () => {
  it('takes this one out and changes nothing else; there is none of a permit that is not listed', () => {
    const [one, other] = [digestNamed('one'), digestNamed('other')];
    const roster = { ...world.rosterPayload('v1'), permits: [one, other] };
    const next = rosterWithoutPermit(roster, one, NOW);
    expect(next).toEqual({ ...roster, version: roster.version + 1, issuedAt: NOW, permits: [other] });
    expect(rosterWithoutPermit(next ?? roster, one, NOW)).toBeUndefined();
    expect(rosterWithoutPermit(world.rosterPayload('v1'), one, NOW)).toBeUndefined();
    // A clock that is slow dates nothing back.
    expect(rosterWithoutPermit({ ...roster, issuedAt: NOW + 5 }, one, NOW)?.issuedAt).toBe(NOW + 5);
  });
});

describe('the next roster with new keys', () => {
  it('changes these keys and nothing else, and revokes a lost one as compromised, a changed one as left', async () => {
    const roster = world.rosterPayload('t1');
    const old = world.key('t1', 'author').record.keyId;
    for (const [reason, revoked] of [['lost', 'compromised'], ['changed', 'left']] as const) {
      const key = (await makeKey('es256')).record;
      const next = rosterWithKeys(roster, [{ person, key, replaces: old, reason }], NOW);
      if (!next.ok) throw new Error(next.code);
      expect(next.roster).toMatchObject({ version: 2, issuedAt: NOW, expiresAt: roster.expiresAt, revocations: [{ keyId: old, reason: revoked, since: NOW }] });
      expect(documentDifference('roster', roster, next.roster).map(({ field }) => field.replace(/[0-9a-f]{64}/g, 'KEY')).filter((field) => !/version|issuedAt|expiresAt/.test(field)).every((field) => /persons.*keys|revocations/.test(field))).toBe(true);
    }
  });

  it('refuses whom it does not name, a key that stands already under either suite of its curve, and what does not fit', async () => {
    const roster = world.rosterPayload('t1');
    const key = (await makeKey('es256')).record;
    const stands = world.key('t1', 'approver-b').record;
    const tried = (renewal: Partial<Parameters<typeof rosterWithKeys>[1][number]>, of = roster) => {
      const next = rosterWithKeys(of, [{ person, key, replaces: null, reason: 'new', ...renewal }], NOW);
      return next.ok ? 'ok' : next.code;
    };
    expect(tried({ person: personOf('nobody') })).toBe('PERSON_UNKNOWN');
    expect(tried({ replaces: stands.keyId, reason: 'lost' })).toBe('KEY_UNKNOWN');
    expect(tried({ key: stands })).toBe('KEY_REGISTERED');
    expect(tried({ key: { ...stands, alg: 'webauthn-es256', rp: { id: 'localhost', origins: ['http://localhost:8081'] } } })).toBe('KEY_REGISTERED');
    expect(tried({ key: roster.dispatcher })).toBe('KEY_REGISTERED');
    expect(tried({}, { ...roster, revocations: [{ keyId: key.keyId, reason: 'left', since: 1 }] })).toBe('KEY_REGISTERED');
    const four = await Promise.all([1, 2, 3, 4].map(async () => (await makeKey('es256')).record));
    expect(tried({}, { ...roster, persons: roster.persons.map((one) => (one.id === person ? { ...one, keys: four } : one)) })).toBe('KEYS_FULL');
    expect(tried({})).toBe('ok');
  });
});

describe('a fingerprint', () => {
  it('is twenty digits of a digest in four groups, and is taken in any grouping, whole or not at all', () => {
    const id = digestNamed('a request');
    const groups = fingerprintOf(id);
    expect(groups).toHaveLength(4);
    expect(groups.every((group) => /^\d{5}$/.test(group))).toBe(true);
    expect(isFingerprint(id, groups.join('-'))).toBe(true);
    expect(isFingerprint(id, ` ${groups.join('')} `)).toBe(true);
    expect(isFingerprint(id, groups.slice(0, 3).join(' '))).toBe(false);
    expect(isFingerprint(digestNamed('another'), groups.join(' '))).toBe(false);
    expect(fingerprintOf('0'.repeat(64))).toEqual(['00000', '00000', '00000', '00000']);
  });

  it('and possession is due after 30 days, stale after 35', () => {
    const day = 86_400_000;
    expect([0, 30 * day - 1, 30 * day, 35 * day - 1, 35 * day].map((age) => possessionState(NOW - age, NOW))).toEqual(['shown', 'shown', 'due', 'due', 'stale']);
  });
});
