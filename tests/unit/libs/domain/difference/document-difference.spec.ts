import { charterSchema, rootSchema, rosterSchema, type Charter, type PolicyRule, type Roster } from '#libs/contracts';
import { documentDifference, type ComparedDocument, type ComparedWord } from '#libs/domain';
import type { z } from 'zod';
import { changedAt, placesIn } from '../../../../contracts/changed-value';
import { buildWorld, digestNamed, makeKey, NOW, personOf, rule, unitOf, type World } from '../../../../support/trust-builder';

const DAY = 86_400_000;
const SCHEMAS: Readonly<Record<ComparedWord, z.ZodType>> = { root: rootSchema, charter: charterSchema, roster: rosterSchema };
let world: World;
let full: ComparedDocument;

beforeAll(async () => {
  world = await buildWorld();
  const charter = world.charterPayload('t1');
  const roster = world.rosterPayload('t1');
  const passkey = { ...(await makeKey('es256')).record, alg: 'webauthn-es256' as const, rp: { id: 'eb.example.org', origins: ['https://sign.eb.example.org'] } };
  const [author] = roster.persons;
  if (author === undefined) throw new Error('the roster has people');
  full = {
    root: { ...world.trust.root.value, keys: [...world.trust.root.value.keys, passkey] },
    charter: { ...charter, officers: [...charter.officers, { person: personOf('t1-officer-4'), key: passkey }], minimumApprovals: [{ class: 'emergency', tier: 'township', approvals: 2 }] },
    roster: {
      ...roster,
      persons: [...roster.persons, { ...author, id: personOf('t1-passkey'), roles: ['approver'], keys: [passkey] }],
      units: [{ ...roster.units[0], classes: ['notice'] } as Roster['units'][number]],
      policy: { version: 1, rules: [{ ...rule(['emergency'], ['actual'], ['township'], 2, 'one'), severities: ['red'] }, ...roster.policy.rules] },
      quietHours: [{ fromMinute: 1_260, toMinute: 390 }], volumeHours: [{ fromMinute: 390, toMinute: 480, classes: ['notice'], volume: 'low' }],
      permits: [digestNamed('permit')],
      revocations: [{ keyId: world.stranger.record.keyId, reason: 'compromised', since: NOW }],
    },
  };
});

const en = <W extends ComparedWord>(word: W, before: ComparedDocument[W] | null, after: ComparedDocument[W]): readonly string[] =>
  documentDifference(word, before, after).map((one) => `${one.weakens ? '! ' : ''}${one.en}`);
const charterSays = (set: Partial<Charter>): readonly string[] => en('charter', full.charter, { ...full.charter, ...set });
const rosterSays = (set: Partial<Roster>): readonly string[] => en('roster', full.roster, { ...full.roster, ...set });
const withRule = (change: (first: PolicyRule) => PolicyRule): readonly string[] =>
  rosterSays({ policy: { ...full.roster.policy, rules: full.roster.policy.rules.map((one, at) => (at === 0 ? change(one) : one)) } });

/** Every leaf that a schema names, lists as `0`. */
function leavesOf(schema: z.ZodType, above = ''): readonly string[] {
  const inner = schema as unknown as { readonly def: { readonly type: string; readonly shape?: Record<string, z.ZodType>; readonly element?: z.ZodType; readonly innerType?: z.ZodType; readonly options?: readonly z.ZodType[] } };
  const { type, shape, element, innerType, options } = inner.def;
  const below = (name: string): string => (above === '' ? name : `${above}.${name}`);
  if (type === 'object' && shape !== undefined) return Object.entries(shape).flatMap(([name, part]) => leavesOf(part, below(name)));
  if (type === 'array' && element !== undefined) return leavesOf(element, below('0'));
  if (innerType !== undefined) return leavesOf(innerType, above);
  if (options !== undefined) return [...new Set(options.flatMap((one) => leavesOf(one, above)))];
  return [above];
}

/** Another value of the same kind. */
function another(name: string | number, value: unknown): unknown {
  if (name === 'verification') return value === 'all' ? 'none' : 'all';
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (value === null) return 'other';
  const words: Readonly<Record<string, string>> = {
    open: 'gm', gm: 'open', 'sm2-sm3': 'ed25519', 'webauthn-es256': 'es256',
    emergency: 'daily', advisory: 'daily', notice: 'daily', governance: 'daily', daily: 'notice', red: 'blue', orange: 'blue', yellow: 'blue', blue: 'none', none: 'red', actual: 'test', drill: 'test', test: 'drill',
    township: 'village', village: 'district', district: 'village', author: 'auditor', approver: 'officer', stopper: 'auditor', duty: 'officer', auditor: 'approver',
    low: 'high', compromised: 'left', ed25519: 'es256', es256: 'ed25519',
  };
  return words[String(value)] ?? `${String(value)}x`;
}

describe.each(['root', 'charter', 'roster'] as const)('the differences of a %s', (word) => {
  it('are none between a document and itself', () => {
    expect(documentDifference(word, full[word] as never, structuredClone(full[word]) as never)).toEqual([]);
  });

  it('have sentences for every field that the contract names', () => {
    const places = placesIn(full[word]);
    const names = new Set(places.map(({ steps }) => steps.map((step) => (typeof step === 'number' ? '0' : step)).join('.')));
    // The sample is whole: otherwise a new field would stand nowhere and be passed over here.
    expect(leavesOf(SCHEMAS[word]).filter((leaf) => !names.has(leaf))).toEqual([]);
    for (const { steps, value } of places.filter((place) => typeof place.value !== 'object' || place.value === null)) {
      const after = changedAt(full[word], steps, (place, name) => { place[name] = another(name, value); });
      const said = documentDifference(word, full[word] as never, after as never);
      expect([steps.join('.'), said.length > 0]).toEqual([steps.join('.'), true]);
      for (const one of said) {
        expect([one.field.split('.')[0], one.en.trim() === one.en, /[\u4e00-\u9fff]/u.test(one.zh), /undefined|\[object/.test(one.en + one.zh)]).toEqual([String(steps[0]), true, true, false]);
      }
    }
  });

  it('say all of a first document, with nothing marked, and every field of it', () => {
    const said = documentDifference(word, null, full[word] as never);
    expect(said.filter(({ weakens }) => weakens)).toEqual([]);
    expect(new Set(said.map(({ field }) => field.split('.')[0]))).toEqual(new Set(Object.keys(full[word])));
  });
});

describe('what weakens is marked', () => {
  it('in a roster: who gets a key or a signing role, fewer steps, less quiet, a revocation taken back', () => {
    const approver = { id: personOf('t1-new'), unit: unitOf('t1-office'), roles: ['approver' as const], keys: [world.stranger.record] };
    const key = world.stranger.record.keyId.slice(0, 16);
    expect(rosterSays({ persons: [...full.roster.persons, approver] })).toEqual([`! adds approver t1-new (unit: t1-office; adds key ${key} (kind: ed25519))`]);
    expect(rosterSays({ persons: [...full.roster.persons, { ...approver, roles: ['auditor'] }] })[0]).toMatch(/^adds auditor t1-new/);
    expect(rosterSays({ persons: full.roster.persons.filter(({ id }) => id !== personOf('t1-stopper')) })).toEqual(['! removes stopper, duty t1-stopper']);
    expect(rosterSays({ persons: full.roster.persons.filter(({ id }) => id !== personOf('t1-auditor')) })).toEqual(['removes auditor t1-auditor']);
    expect(rosterSays({ persons: full.roster.persons.map((one) => (one.id === personOf('t1-auditor') ? { ...one, roles: ['auditor', 'approver'] } : one)) })).toEqual(['! auditor, approver t1-auditor: roles: adds approver']);
    expect(rosterSays({ quietHours: [{ fromMinute: 1_320, toMinute: 390 }] })).toEqual(['! quiet hours: 21:00-06:30 -> 22:00-06:30']);
    expect(rosterSays({ quietHours: [{ fromMinute: 1_200, toMinute: 390 }] })).toEqual(['quiet hours: 21:00-06:30 -> 20:00-06:30']);
    expect(rosterSays({ volumeHours: [] })).toEqual(['! volume: 06:30-08:00=notice:low -> none']);
    expect(rosterSays({ revocations: [] })).toEqual([`! removes revocation of ${key}`]);
    expect(rosterSays({ units: full.roster.units.map((one) => ({ ...one, classes: [] })) })).toEqual(['! unit 应急管理办公室 (t1-office): classes: notice -> as the class table says']);
    expect(rosterSays({ dispatcher: world.stranger.record })).toEqual([expect.stringMatching(/^! dispatcher key: /)]);
    expect(rosterSays({ version: 2, expiresAt: full.roster.expiresAt + DAY })).toEqual(['version: 1 -> 2', 'valid until: 2027-11-26 12:00 -> 2027-11-27 12:00']);
  });

  it('in a policy by what comes of it, whatever rule it comes from', () => {
    expect(withRule((first) => ({ ...first, steps: first.steps.map((step) => ({ ...step, count: 1 })) }))).toEqual([
      '! rule [emergency red actual township]: step issue: persons: 2 -> 1',
      '! emergency red actual of a township: approvals before air 2, one of them verified -> 1, one of them verified',
    ]);
    expect(withRule((first) => ({ ...first, steps: first.steps.map((step) => ({ ...step, mayFollowAir: true })) }))).toContain('! emergency red actual of a township: approvals before air 2, one of them verified -> 0, one of them verified');
    // An emergency has one verified approval whatever is written.
    expect(withRule((first) => ({ ...first, verification: 'none' }))).toEqual(['! rule [emergency red actual township]: verified signatures: one -> none']);
    // A rule put before the others takes from them what it names.
    const loose = rule(['emergency'], ['actual'], [], 1, 'none');
    expect(rosterSays({ policy: { ...full.roster.policy, rules: [loose, ...full.roster.policy.rules] } }).filter((line) => line.startsWith('! '))).toContain(
      '! emergency actual of a district/township: approvals before air 2, one of them verified -> 1, one of them verified',
    );
    // The last rule for a class gone: nobody may send it any more, which is less and not more.
    const gone = rosterSays({ policy: { ...full.roster.policy, rules: full.roster.policy.rules.filter(({ classes }) => !classes.includes('daily') || classes.includes('emergency')) } });
    expect(gone.filter((line) => line.includes('refused'))).toEqual(['notice, governance, daily: approvals before air 1 -> refused']);
    expect(rosterSays({ policy: { ...full.roster.policy, rules: [...full.roster.policy.rules].reverse() } })).toContain('! the rules stand in another order (the first that fits decides)');
  });

  it('in a roster: whatever leaves nobody who could bring a kind of message to air', () => {
    const silent = /NOBODY CAN BRING IT TO AIR/;
    const approvers = full.roster.persons.filter(({ roles }) => roles.includes('approver'));
    const but = (left: number) => documentDifference('roster', full.roster, { ...full.roster, persons: full.roster.persons.filter((one) => !approvers.slice(left).includes(one)) }, 'township')
      .flatMap((one) => (silent.test(one.en) ? [`${one.weakens ? '! ' : ''}${one.en}`] : []));
    expect(but(approvers.length)).toEqual([]);
    expect(but(1)).toEqual([expect.stringMatching(/^! emergency.*: NOBODY CAN/)]);
    expect(but(0)).toEqual([expect.stringMatching(/^! emergency, advisory, notice, .*: NOBODY CAN/)]);
    expect(rosterSays({ persons: full.roster.persons.map((one) => ({ ...one, keys: one.roles.includes('author') ? [] : one.keys })) }).filter((line) => silent.test(line))).toHaveLength(1);
    expect(withRule((first) => ({ ...first, steps: first.steps.map((step) => ({ ...step, count: 9 })) })).filter((line) => silent.test(line))).toEqual([]);
    // Red of a township would still pass as a village's; whoever knows the tier says it.
    const ninefold = { ...full.roster, policy: { ...full.roster.policy, rules: full.roster.policy.rules.map((one, at) => (at === 0 ? { ...one, steps: one.steps.map((step) => ({ ...step, count: 9 })) } : one)) } };
    expect(documentDifference('roster', full.roster, ninefold, 'township').map(({ en: said }) => said).filter((line) => silent.test(line))).toEqual(['emergency red: NOBODY CAN BRING IT TO AIR any more, for want of people who may sign']);
    expect(documentDifference('roster', full.roster, ninefold, 'village').filter(({ en: said }) => silent.test(said))).toEqual([]);
    expect(rosterSays({ policy: { ...full.roster.policy, rules: full.roster.policy.rules.filter(({ classes }) => !classes.includes('daily') || classes.includes('emergency')) } }).filter((line) => silent.test(line))).toHaveLength(1);
  });

  it('in a charter: a lower threshold, an officer, an area, a ceiling, a minimum', () => {
    expect(charterSays({ threshold: 1 })).toEqual(['! officers wanted: 2 -> 1']);
    expect(charterSays({ threshold: 3 })).toEqual(['officers wanted: 2 -> 3']);
    expect(charterSays({ officers: [...full.charter.officers, { person: personOf('t1-new'), key: world.stranger.record }] })).toEqual([`! adds officer t1-new (key: ${world.stranger.record.keyId.slice(0, 16)} ed25519)`]);
    expect(charterSays({ officers: full.charter.officers.slice(1) })).toEqual(['removes officer t1-officer-1']);
    expect(charterSays({ minimumApprovals: [] })).toEqual(['! removes least approvals for emergency of a township']);
    expect(charterSays({ minimumApprovals: [{ class: 'emergency', tier: 'township', approvals: 1 }] })).toEqual(['! least approvals for emergency of a township: persons: 2 -> 1']);
    expect(charterSays({ ceilings: { ...full.charter.ceilings, classes: ['notice'] } })).toEqual(['classes: takes away emergency, advisory, governance, daily']);
    expect(en('charter', { ...full.charter, ceilings: { ...full.charter.ceilings, modes: ['test'] } }, full.charter)).toEqual(['! modes: adds actual, drill']);
  });

  it('in a root: another key, fewer signatures, a longer grace', () => {
    const keys = [...full.root.keys.slice(1), world.stranger.record];
    const [lost, fresh] = [full.root.keys[0]?.keyId.slice(0, 16), world.stranger.record.keyId.slice(0, 16)];
    expect(en('root', full.root, { ...full.root, keys })).toEqual([`! adds root key ${fresh} (kind: ed25519)`, `removes root key ${lost}`]);
    const moved = full.root.keys.map((key) => ('rp' in key ? { ...key, rp: { id: 'example.com', origins: ['https://example.com'] } } : key));
    expect(en('root', full.root, { ...full.root, keys: moved })).toEqual([expect.stringMatching(/^! root key [0-9a-f]{16}: works at: eb\.example\.org \(https:\/\/sign\.eb\.example\.org\) -> example\.com \(https:\/\/example\.com\)$/)]);
    expect(en('root', full.root, { ...full.root, graceDays: 366 })).toEqual(['! days of grace for emergencies after expiry: 180 -> 366']);
    expect(en('root', { ...full.root, threshold: 3 }, full.root)).toEqual(['! root signatures wanted: 3 -> 2']);
  });

  it('and nothing hides behind another entry of the same name', () => {
    const [first] = full.roster.persons;
    if (first === undefined) throw new Error('the roster has people');
    const double = { ...first, roles: ['approver' as const] };
    expect(rosterSays({ persons: [...full.roster.persons, double] })).toEqual([expect.stringMatching(/^! adds approver t1-author/)]);
    expect(rosterSays({ persons: [double, ...full.roster.persons] })).toEqual([expect.stringMatching(/^! approver t1-author: roles: adds approver/), expect.any(String), expect.stringMatching(/^! adds author t1-author/)]);
  });
});
