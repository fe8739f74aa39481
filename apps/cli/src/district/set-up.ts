import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIM_LETTERS, envelopeSchema, LIMITS, policySchema, type Bootstrap, type EnvelopeShape, type Fleet, type Policy } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import type { Clock } from '../clock';
import type { CliConfig } from '../config';
import type { DemoKeyFolder } from '../demo/key-folder';
import { serverKey } from '../demo/key-folder';
import { seededShare } from '../demo/seed';
import { readJson, writePrivate } from '../files';
import { charterOf, rootOf, rosterOf, THRESHOLD } from './documents';
import { hashFirstPassword } from './first-passwords';
import { holdsKey, officersOf, type DistrictPlan, type PlannedPerson, type PlannedPlatform } from './plan';

/** One account as the set-up hands it out. `signsFor`: the platforms whose officer this person is, with the key file. */
export interface SetUpAccount {
  readonly account: string;
  readonly title: string;
  readonly keyFile: string | null;
  readonly platform: string;
  readonly officerKey: string | null;
  readonly signsFor: readonly string[];
}

const NAMED_AGENTS = 12;

/**
 * Sets a planned district up with keys made here: the root's and the people's into the key folder, the server's own into
 * CLARION_KEYS, and what the server and the simulator start from into CLARION_DATA. Only for a demo or a rehearsal: whoever
 * holds the key folder is everybody. Refuses (DOCUMENT_SIZE) a platform whose documents no terminal would take.
 */
export async function setUpDistrict(config: CliConfig, clock: Clock, folder: DemoKeyFolder, plan: DistrictPlan): Promise<void> {
  mkdirSync(config.dataDir, { recursive: true });
  const documents = await signDocuments(config, folder, plan, clock.now());
  const claims = new Map(plan.terminals.map((terminal) => [terminal.id, claimCode(clock)]));
  const passwordHash = await hashFirstPassword(folder.passphrase);
  const bootstrap: Bootstrap = {
    format: 'clarion-bootstrap.v1', demo: true, ...documents,
    accounts: plan.platforms.flatMap((platform) => platform.people.map((person) => ({
      account: person.account, platform: platform.id, person: person.id, title: person.title, passwordHash,
    }))),
    terminals: plan.terminals.map((terminal) => ({ ...terminal, claimCodeHash: createHash('sha256').update(claims.get(terminal.id) ?? '').digest('hex') })),
    map: plan.map,
    naturalVillages: plan.naturalVillages,
    publicPlaces: plan.publicPlaces,
  };
  writePrivate(join(config.dataDir, 'simulator', 'fleet.json'), JSON.stringify(fleetOf(config, documents.root, plan, claims)));
  writePrivate(join(folder.dir, 'accounts.json'), JSON.stringify(accountsOf(plan, folder)));
  // As an officer has it from their own hands: `--root` of the ceremonies.
  writePrivate(join(folder.dir, 'root.signed.json'), JSON.stringify(documents.root));
  // Last: its presence says that the set-up is complete.
  writePrivate(join(config.dataDir, 'bootstrap.json'), JSON.stringify(bootstrap));
}

/** Where the key that a person signs messages with lies in the key folder. */
export function personKey(platform: PlannedPlatform, person: PlannedPerson): string {
  return join('people', platform.id, person.id);
}

/** An officer's other key, which signs documents only. */
export function officerKey(platform: PlannedPlatform, person: PlannedPerson): string {
  return join('officers', platform.id, person.id);
}

function accountsOf(plan: DistrictPlan, folder: DemoKeyFolder): readonly SetUpAccount[] {
  return plan.platforms.flatMap((platform) => platform.people.map((person) => ({
    account: person.account, title: person.title, keyFile: holdsKey(person) ? folder.pathOf(personKey(platform, person)) : null,
    platform: platform.id,
    officerKey: person.officer ? officerKey(platform, person) : null,
    signsFor: plan.platforms.filter((other) => officersOf(plan, other).some((officer) => officer.person === person)).map(({ id }) => id),
  })));
}

async function signDocuments(config: CliConfig, folder: DemoKeyFolder, plan: DistrictPlan, now: number): Promise<Pick<Bootstrap, 'root' | 'charters' | 'rosters'>> {
  const policy = readPolicy();
  const holders: Signer[] = [];
  for (const holder of ['1', '2', '3']) holders.push(await folder.signer(join('root', holder)));
  const [top] = plan.platforms;
  if (top === undefined) throw new CliError('DISTRICT_EMPTY', 'the district has no platform');
  const charters: EnvelopeShape[] = [];
  const rosters: EnvelopeShape[] = [];
  const signersOf = new Map<string, readonly Signer[]>();
  for (const platform of plan.platforms) {
    const officers: { person: PlannedPerson['id']; signer: Signer }[] = [];
    for (const { home, person } of officersOf(plan, platform)) officers.push({ person: person.id, signer: await folder.signer(officerKey(home, person)) });
    const own = officers.slice(0, THRESHOLD).map(({ signer }) => signer);
    signersOf.set(platform.id, own);
    const granting = platform.parent === null ? holders.slice(0, THRESHOLD) : signersOf.get(platform.parent) ?? [];
    charters.push(await sign('charter', charterOf(platform, officers.map(({ person, signer }) => ({ person, key: signer.key })), now), granting, LIMITS.charterBytes, platform));
    const people = new Map<string, Signer>();
    for (const person of platform.people.filter(holdsKey)) people.set(person.id, await folder.signer(personKey(platform, person)));
    const keys = {
      dispatcher: (await serverKey(config.keysDir, `${platform.id}.dispatcher`, config.profile)).key,
      log: (await serverKey(config.keysDir, `${platform.id}.log`, config.profile)).key,
      of: (id: PlannedPerson['id']) => [...people].flatMap(([person, { key }]) => (person === id ? [key] : [])),
    };
    rosters.push(await sign('roster', rosterOf(platform, keys, policy, now), own, LIMITS.rosterBytes, platform));
  }
  return { root: await sign('root', rootOf(top, holders.map(({ key }) => key), { demo: true, profile: config.profile }, now), holders.slice(0, THRESHOLD), LIMITS.payloadBytes, top), charters, rosters };
}

async function sign(word: 'root' | 'charter' | 'roster', document: object, signers: readonly Signer[], limit: number, { id }: PlannedPlatform): Promise<EnvelopeShape> {
  const payload = encodePayload(document);
  if (payload.length > limit) throw new CliError('DOCUMENT_SIZE', `The ${word} of ${id} has ${payload.length} bytes and may have ${limit}: give it fewer areas, officers or people`, EXIT.refused);
  return envelopeSchema.parse(await signEnvelope(word, payload, [...signers]));
}

export function readPolicy(): Policy {
  return policySchema.parse(readJson(join(__dirname, '..', '..', '..', '..', '..', 'policy', 'default.json')) ?? readJson(join(process.cwd(), 'policy', 'default.json')));
}

/** A one-use code that a device enrols with. */
export function claimCode(clock: Clock): string {
  return [...clock.random(16)].map((byte) => CLAIM_LETTERS[byte % CLAIM_LETTERS.length] ?? '0').join('');
}

function fleetOf(config: CliConfig, root: EnvelopeShape, plan: DistrictPlan, claims: ReadonlyMap<string, string>): Fleet {
  const step = Math.max(1, Math.floor(plan.terminals.length / NAMED_AGENTS));
  return {
    gatewayUrl: config.deviceUrl,
    caFile: join(config.dataDir, 'pki', 'ca.pem'),
    root,
    terminals: plan.terminals.map((terminal, index) => ({
      id: terminal.id, physicalCode: terminal.physicalCode, claimCode: claims.get(terminal.id) ?? '',
      named: index % step === 0 && index / step < NAMED_AGENTS,
      offsetPpm: Math.round((seededShare(`${terminal.id} ppm`) - 0.5) * 100),
      clockOffsetMs: Math.round((seededShare(`${terminal.id} clock`) - 0.5) * 4_000),
      heldOffline: false,
    })),
  };
}
