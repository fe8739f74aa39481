import { readFileSync } from 'node:fs';
import {
  areaIdSchema, digestSchema, personIdSchema, platformIdSchema, policySchema, softwareKeyRecordSchema, terminalIdSchema, unitIdSchema,
  type Charter, type KeyRecord, type Person, type PlatformId, type Profile, type Role, type Root, type Roster, type SoftwareKeyRecord, type Tier,
} from '#libs/contracts';
import { fromBase64, type Envelope } from '#libs/envelope';
import { generateKey, sha256Hex, type KeyAlg, type Signer, type SoftwareAlg } from '#libs/suites';
import { makePasskey } from './passkey';

/** Names, people, keys and unsigned documents of the test district; `trust-builder.ts` signs and binds them. */

export const NOW = Date.UTC(2026, 10, 21, 4, 0, 0);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const PLATFORMS = ['d', 't1', 't2', 'v1', 'v2', 'v3'] as const;
export type PlatformName = (typeof PLATFORMS)[number];
export const PARENT: Readonly<Record<PlatformName, PlatformName | null>> = { d: null, t1: 'd', t2: 'd', v1: 't1', v2: 't1', v3: 't2' };

export const platformOf = (name: string): PlatformId => platformIdSchema.parse(name);
export const areaOf = (name: string) => areaIdSchema.parse(name);
export const unitOf = (name: string) => unitIdSchema.parse(name);
export const personOf = (name: string) => personIdSchema.parse(name);
export const terminalOf = (name: string) => terminalIdSchema.parse(name);
export const digestOfBytes = (bytes: Uint8Array) => digestSchema.parse(sha256Hex(bytes));
/** Digest of some name: a stand-in for media and messages that do not exist. */
export const digestNamed = (name: string) => digestOfBytes(new TextEncoder().encode(name));
export const digestOf = (envelope: Envelope) => digestOfBytes(payloadOf(envelope));

export function payloadOf(envelope: Envelope): Uint8Array {
  const bytes = fromBase64(envelope.payload);
  if (bytes === undefined) throw new TypeError('the envelope holds no base64');
  return bytes;
}

/** A contract key record with its signer. */
export interface TestKey {
  readonly record: SoftwareKeyRecord;
  readonly signer: Signer;
  /** Unencrypted, for a test that needs a key file. */
  readonly pkcs8: Uint8Array;
}

export async function makeKey(alg: SoftwareAlg = 'ed25519'): Promise<TestKey> {
  const { key, signer, pkcs8 } = await generateKey(alg);
  return { record: softwareKeyRecordSchema.parse(key), signer, pkcs8 };
}

/** With which suites a test district signs; by default Ed25519, and approver-b with a browser's es256. */
export interface Suites {
  readonly profile: Profile;
  readonly servers: SoftwareAlg;
  readonly person: (who: string) => KeyAlg;
}
export const MIXED: Suites = { profile: 'open', servers: 'ed25519', person: (who) => (who === 'approver-b' ? 'es256' : 'ed25519') };
/** As `MIXED`, and approver-c with a passkey. */
export const WITH_PASSKEY: Suites = { ...MIXED, person: (who) => (who === 'approver-c' ? 'webauthn-es256' : MIXED.person(who)) };
/** Everything in one suite; a passkey is for persons only. */
export const allIn = (alg: KeyAlg): Suites => ({ profile: alg === 'sm2-sm3' ? 'gm' : 'open', servers: alg === 'webauthn-es256' ? 'ed25519' : alg, person: () => alg });

/** A passkey's record also names its relying party, and there is no private half to seal: few tests ask for either. */
async function makePersonKey(alg: KeyAlg): Promise<TestKey> {
  if (alg !== 'webauthn-es256') return makeKey(alg);
  const passkey = await makePasskey();
  return { record: passkey.key as KeyRecord as SoftwareKeyRecord, signer: passkey, pkcs8: new Uint8Array() };
}

export interface TestPlatform {
  readonly id: PlatformId;
  readonly tier: Tier;
  /** `<platform>-officer-1`, ...; a village's are its township's. */
  readonly officers: readonly { readonly person: string; readonly key: TestKey }[];
  readonly dispatcher: TestKey;
  readonly log: TestKey;
  /** By role word: author, approver-a, approver-b, approver-c, stopper, auditor. approver-b signs es256 (a browser). */
  readonly people: ReadonlyMap<string, TestKey>;
}

/** What the project ships, and nothing beside it. */
export const DEFAULT_POLICY: Roster['policy'] = policySchema.parse(JSON.parse(readFileSync('policy/default.json', 'utf8')));

export function rule(
  classes: Roster['policy']['rules'][number]['classes'], modes: Roster['policy']['rules'][number]['modes'], tiers: Tier[], count: number,
  verification: 'none' | 'one' | 'all',
): Roster['policy']['rules'][number] {
  return {
    classes, severities: [], modes, tiers, minAreas: 0, verification,
    steps: [{ name: 'issue', role: 'approver', unit: null, count, order: 1, mayFollowAir: false, dueHours: 0 }],
  };
}

const ROLES: Readonly<Record<string, Role[]>> = {
  author: ['author'], 'approver-a': ['approver'], 'approver-b': ['approver'], 'approver-c': ['approver'], stopper: ['stopper', 'duty'], auditor: ['auditor'],
};

export async function makePlatform(name: PlatformName, made: ReadonlyMap<string, TestPlatform>, suites: Suites = MIXED): Promise<TestPlatform> {
  const people = new Map<string, TestKey>();
  for (const who of Object.keys(ROLES)) people.set(who, await makePersonKey(suites.person(who)));
  const parent = PARENT[name];
  const officers = name.startsWith('v') && parent !== null
    ? get(made, parent).officers
    : await Promise.all([1, 2, 3].map(async (n) => ({ person: `${name}-officer-${n}`, key: await makeKey(suites.servers) })));
  const tier = name === 'd' ? 'district' : name.startsWith('t') ? 'township' : 'village';
  return { id: platformOf(name), tier, officers, dispatcher: await makeKey(suites.servers), log: await makeKey(suites.servers), people };
}

export function officerKeys(platform: TestPlatform): readonly TestKey[] {
  return platform.officers.map((officer) => officer.key);
}

export function rootPayload(keys: readonly TestKey[], profile: Profile = 'open'): Root {
  return {
    version: 1, district: platformOf('d'), demo: true, profile, keys: keys.map((key) => key.record), threshold: 2, graceDays: 180, alwaysSounds: ['emergency'],
    issuedAt: NOW - 30 * DAY, expiresAt: NOW + 370 * DAY,
  };
}

export function charterPayload({ id, tier, officers }: TestPlatform): Charter {
  const name = PLATFORMS.find((known) => known === id) ?? 'd';
  const parent = PARENT[name];
  return {
    platform: id, parent: parent === null ? null : platformOf(parent), tier, name: `平台 ${id}`,
    areas: [{ id: areaOf(`${id}-area`), parent: parent === null ? null : areaOf(`${parent}-area`), name: `区域 ${id}`, codes: [`36012300${String(PLATFORMS.indexOf(name)).padStart(4, '0')}`] }],
    officers: officers.map(({ person, key }) => ({ person: personOf(person), key: key.record })), threshold: 2,
    ceilings: {
      classes: ['emergency', 'advisory', 'notice', 'governance', 'daily'], severities: ['red', 'orange', 'yellow', 'blue', 'none'], modes: ['actual', 'drill', 'test'],
    },
    minimumApprovals: [], version: 1, issuedAt: NOW - 20 * DAY, expiresAt: NOW + 370 * DAY,
  };
}

export function rosterPayload({ id, people, dispatcher, log }: TestPlatform): Roster {
  const persons: Person[] = [...people].map(([who, key]) => ({
    id: personOf(`${id}-${who}`), unit: unitOf(`${id}-office`), roles: ROLES[who] ?? [], keys: [key.record],
  }));
  return {
    platform: id, units: [{ id: unitOf(`${id}-office`), name: '应急管理办公室', classes: [] }], persons, dispatcher: dispatcher.record, logKey: log.record,
    policy: DEFAULT_POLICY, quietHours: [], volumeHours: [], revocations: [], version: 1, issuedAt: NOW - 10 * DAY, expiresAt: NOW + 370 * DAY,
  };
}

export function get<V>(map: ReadonlyMap<string, V>, key: string): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`the test world has no "${key}"`);
  return value;
}
