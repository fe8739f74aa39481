import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { envelopeSchema, policySchema, terminalIdSchema, type Bootstrap, type EnvelopeShape, type Fleet, type Policy } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import type { Clock } from '../clock';
import type { CliConfig } from '../config';
import { readJson, writePrivate } from '../files';
import { signCharter, signRoot, signRoster, type Officer } from './documents';
import { demoDistrict, type DemoDistrict } from './district';
import { DemoKeyFolder, serverKey } from './key-folder';
import { demoPeople, type DemoPerson } from './people';
import type { DemoPlace } from './places';
import { seededShare } from './seed';

export interface DemoSignIn { readonly passphrase: string; readonly accounts: readonly { readonly account: string; readonly title: string; readonly keyFile: string | null }[] }

const NAMED_AGENTS = 12;
const CLAIM_LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Sets the demo district up: the root's and the people's keys in CLARION_DEMO_KEYS, the server's own keys in
 * CLARION_KEYS, and what the server and the simulator start from in CLARION_DATA. Run again it changes nothing.
 * Refuses (DEMO_KEYS_GONE) a data folder whose people's keys were deleted.
 */
export async function demoInit(config: CliConfig, clock: Clock, small: boolean): Promise<DemoSignIn> {
  const bootstrapFile = join(config.dataDir, 'bootstrap.json');
  const keysExist = existsSync(join(config.demoKeysDir, 'passphrase'));
  if (existsSync(bootstrapFile)) {
    if (!keysExist) {
      throw new CliError('DEMO_KEYS_GONE', `The demo in ${config.dataDir} stands, but its people's keys in ${config.demoKeysDir} are gone. Remove ${config.dataDir} to begin anew.`, EXIT.usage);
    }
    return demoSignIn(config);
  }
  mkdirSync(config.dataDir, { recursive: true });
  const folder = await DemoKeyFolder.open(config.demoKeysDir, clock);
  const district = demoDistrict(small);
  const people = district.places.flatMap(demoPeople);
  const documents = await signDocuments(config, folder, district, people, clock.now());
  const claims = new Map(district.terminals.map((terminal) => [terminal.id, claimCode(clock)]));
  const passwordHash = await hash(folder.passphrase, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const bootstrap: Bootstrap = {
    format: 'clarion-bootstrap.v1', demo: true, ...documents,
    accounts: people.map((person) => ({ account: person.id, platform: person.place.id, person: person.id, title: person.title, passwordHash })),
    terminals: district.terminals.map((terminal) => ({
      id: terminalIdSchema.parse(terminal.id), name: terminal.name, platform: terminal.place.id, area: terminal.place.area,
      physicalCode: terminal.physicalCode, resourceCode: terminal.resourceCode, latitude: terminal.latitude, longitude: terminal.longitude,
      horns: terminal.horns, households: terminal.households, naturalVillage: terminal.naturalVillage,
      claimCodeHash: createHash('sha256').update(claims.get(terminal.id) ?? '').digest('hex'),
    })),
    map: district.map,
  };
  writePrivate(join(config.dataDir, 'simulator', 'fleet.json'), JSON.stringify(fleetOf(config, documents.root, district, claims)));
  writePrivate(join(config.demoKeysDir, 'accounts.json'), JSON.stringify(people.map((person) => ({
    account: person.id, title: person.title, keyFile: holdsKey(person) ? folder.pathOf(personKey(person)) : null,
  }))));
  // Last: its presence says that the set-up is complete.
  writePrivate(bootstrapFile, JSON.stringify(bootstrap));
  return demoSignIn(config);
}

/** The sign-in of an existing demo. */
export function demoSignIn(config: CliConfig): DemoSignIn {
  const accounts = readJson(join(config.demoKeysDir, 'accounts.json'));
  if (accounts === undefined) throw new CliError('DEMO_MISSING', `There is no demo in ${config.demoKeysDir}; run: ./clarion demo init`, EXIT.usage);
  return { passphrase: readFileSync(join(config.demoKeysDir, 'passphrase'), 'utf8').trim(), accounts: accountsSchema(accounts) };
}

function accountsSchema(value: unknown): DemoSignIn['accounts'] {
  if (!Array.isArray(value)) throw new CliError('DEMO_MISSING', 'accounts.json is damaged', EXIT.usage);
  return value.map((row: { account: string; title: string; keyFile: string | null }) => ({ account: row.account, title: row.title, keyFile: row.keyFile }));
}

/** An administrator holds no signing key (design 2). */
function holdsKey(person: DemoPerson): boolean {
  return !person.roles.includes('administrator');
}

export function personKey(person: DemoPerson): string {
  return join('people', person.place.id, person.id);
}

export function officerKey(person: DemoPerson): string {
  return join('officers', person.place.id, person.id);
}

async function signDocuments(config: CliConfig, folder: DemoKeyFolder, district: DemoDistrict, people: readonly DemoPerson[], now: number): Promise<Pick<Bootstrap, 'root' | 'charters' | 'rosters'>> {
  const policy = readPolicy();
  const holders: Signer[] = [];
  for (const holder of ['1', '2', '3']) holders.push(await folder.signer(join('root', holder)));
  const charters: EnvelopeShape[] = [];
  const rosters: EnvelopeShape[] = [];
  const top = district.places[0];
  if (top === undefined) throw new CliError('DEMO_EMPTY', 'the demo district has no platform');
  const officersOf = new Map<string, readonly Officer[]>();
  for (const place of district.places) {
    // A village runs with two persons; its officers are its township's (design 2).
    const officers = (place.tier === 'village' ? officersOf.get(place.parent ?? '') : undefined) ?? await makeOfficers(folder, people, place);
    officersOf.set(place.id, officers);
    const granting = place.parent === null ? holders.slice(0, 2) : (officersOf.get(place.parent) ?? []).map((officer) => officer.signer);
    charters.push(shaped(await signCharter(place, officers, granting, now)));
    const own = people.filter((person) => person.place.id === place.id);
    const signers = new Map<string, Signer>();
    for (const person of own.filter(holdsKey)) signers.set(person.id, await folder.signer(personKey(person)));
    const keys = {
      dispatcher: await serverKey(config.keysDir, `${place.id}.dispatcher`),
      log: await serverKey(config.keysDir, `${place.id}.log`),
      of: (person: DemoPerson) => signers.get(person.id),
    };
    rosters.push(shaped(await signRoster(place, own, keys, policy, officers, now)));
  }
  return { root: shaped(await signRoot(top, holders, now)), charters, rosters };
}

async function makeOfficers(folder: DemoKeyFolder, people: readonly DemoPerson[], place: DemoPlace): Promise<readonly Officer[]> {
  const officers: Officer[] = [];
  for (const person of people.filter((candidate) => candidate.officer && candidate.place.id === place.id)) {
    officers.push({ person, signer: await folder.signer(officerKey(person)) });
  }
  return officers;
}

function shaped(envelope: Envelope): EnvelopeShape {
  return envelopeSchema.parse(envelope);
}

function readPolicy(): Policy {
  return policySchema.parse(readJson(join(__dirname, '..', '..', '..', '..', '..', 'policy', 'default.json')) ?? readJson(join(process.cwd(), 'policy', 'default.json')));
}

function claimCode(clock: Clock): string {
  return [...clock.random(16)].map((byte) => CLAIM_LETTERS[byte % CLAIM_LETTERS.length] ?? '0').join('');
}

function fleetOf(config: CliConfig, root: EnvelopeShape, district: DemoDistrict, claims: ReadonlyMap<string, string>): Fleet {
  const step = Math.max(1, Math.floor(district.terminals.length / NAMED_AGENTS));
  return {
    gatewayUrl: config.deviceUrl,
    caFile: join(config.dataDir, 'pki', 'ca.pem'),
    root,
    terminals: district.terminals.map((terminal, index) => ({
      id: terminalIdSchema.parse(terminal.id), physicalCode: terminal.physicalCode, claimCode: claims.get(terminal.id) ?? '',
      named: index % step === 0 && index / step < NAMED_AGENTS,
      offsetPpm: Math.round((seededShare(`${terminal.id} ppm`) - 0.5) * 100),
      clockOffsetMs: Math.round((seededShare(`${terminal.id} clock`) - 0.5) * 4_000),
      heldOffline: false,
    })),
  };
}
