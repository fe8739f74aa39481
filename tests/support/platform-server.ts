/**
 * The real API server on a test database, with the small district of `trust-builder` imported from a bootstrap file
 * and a clock that the test moves.
 *
 *   const db = useDatabase();
 *   const server = usePlatform(db);
 *   it('...', async () => {
 *     const officer = await server.signIn('d-officer-1');
 *     const answer = await officer.get('/api/terminals');      // { status, body }
 *   });
 *
 * Accounts are `<platform>-<who>` (`t1-author`, `d-officer-1`, ...), all with the password `PASSWORD` of this run.
 * Terminals are `<platform>-term-1`, one for each village and township, with claim codes `server.claimCode(id)`.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { softwareKeyRecordSchema, PLATFORM_SOCKET, sessionSchema, type Bootstrap, type Roster } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { generateKey, type GeneratedKey } from '#libs/suites';
import { FOUNDATION } from '../../apps/platform/src/app.module';
import { createServer } from '../../apps/platform/src/server';
import { hashPassword } from '../../apps/platform/src/features/access';
import { readConfig } from '../../apps/platform/src/kernel/config';
import { createDatabase } from '../../apps/platform/src/kernel/database';
import { createLog, silentLog, type Log } from '../../apps/platform/src/kernel/log';
import { DrivenClock } from './driven-clock';
import { freePort } from './ports';
import type { TestDatabase } from './postgres';
import { LONG_TIMEOUT_MS } from './properties';
import { areaOf, buildWorld, MIXED, NOW, personOf, platformOf, PLATFORMS, RESOURCE_CODE, type Suites, terminalOf, unitOf, type World } from './trust-builder';

export const PASSWORD = randomBytes(12).toString('hex');
/** Connections of the server to its database. */
export const POOL_SIZE = 8;

/** The clock stands still between a test's steps and jumps hours in one: nobody is idle, and no budget refills. */
const STILL_CLOCK = { CLARION_IDLE_MINUTES: '720', CLARION_REQUESTS_PER_SECOND: '100000' };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers as they are.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface PlatformOptions {
  /** Replaces parts of the bootstrap file. */
  readonly bootstrap?: (bootstrap: Bootstrap, world: World) => unknown;
  readonly demo?: boolean;
  /** Settings besides (CLARION_...). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it logs; nowhere unless CLARION_TEST_LOG is set. */
  readonly log?: Log;
  /** Feature modules; without them only the foundation (areas to terminals), which starts fast. */
  readonly features?: readonly Type[];
  /** With what the district signs; its servers' own keys go with it. */
  readonly suites?: Suites;
}

/** A signed-in caller. */
export class Caller {
  constructor(private readonly base: string, readonly token: string) {}

  get(at: string): Promise<Answer> {
    return call(this.base, 'GET', at, undefined, this.headers());
  }

  post(at: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return call(this.base, 'POST', at, body, { ...this.headers(), ...headers });
  }

  delete(at: string): Promise<Answer> {
    return call(this.base, 'DELETE', at, undefined, this.headers());
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }
}

export class PlatformServer {
  private constructor(
    readonly app: NestExpressApplication,
    readonly world: World,
    readonly clock: DrivenClock,
    readonly dataDir: string,
    readonly base: string,
    private readonly serverKeys: ReadonlyMap<string, ServerKeyPair>,
  ) {}

  static async start(db: Pick<TestDatabase, 'appUrl'>, options: PlatformOptions = {}, kept?: PlatformServer): Promise<PlatformServer> {
    const made = kept === undefined ? await makeWorld(options.suites ?? MIXED) : { world: kept.world, keys: kept.serverKeys };
    const dataDir = kept?.dataDir ?? mkdtempSync(path.join(os.tmpdir(), 'clarion-platform-'));
    const clock = kept?.clock ?? new DrivenClock(NOW);
    if (kept === undefined) await writeInstallation(dataDir, made.world, made.keys, options);
    const port = await freePort();
    const config = { ...readConfig({ CLARION_DATA: dataDir, CLARION_DEMO: options.demo === false ? '0' : '1', CLARION_DATABASE_URL: db.appUrl, ...STILL_CLOCK, ...options.settings }) };
    const database = await createDatabase({ url: db.appUrl, poolSize: POOL_SIZE, name: 'clarion-test-server' });
    const log = options.log ?? (process.env['CLARION_TEST_LOG'] === undefined ? silentLog : createLog('platform', 'debug'));
    const app = await createServer({ clock, config, database, log }, options.features ?? FOUNDATION);
    await app.listen(port, '127.0.0.1');
    return new PlatformServer(app, made.world, clock, dataDir, `http://127.0.0.1:${port}`, made.keys);
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  remove(): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async signIn(account: string, more: object = {}): Promise<Caller> {
    const answer = await this.call('POST', '/api/session', { account, password: PASSWORD, ...more });
    if (answer.status !== 201) throw new Error(`${account} cannot sign in: ${JSON.stringify(answer.body)}`);
    return new Caller(this.base, sessionSchema.parse(answer.body).token);
  }

  call(method: string, at: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return call(this.base, method, at, body, headers);
  }

  /** As the gateway asks, on platform.sock. */
  internal(at: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    const socketPath = path.join(this.dataDir, PLATFORM_SOCKET);
    return new Promise((resolve, reject) => {
      const request = http.request({ socketPath, path: at, method: 'POST', headers: { 'content-type': 'application/json' }, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString('utf8')) }));
      });
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
  }

  claimCode(terminal: string): string {
    return claimCodeOf(terminal);
  }
}

/** Registers the hooks: one server for the file or describe. */
export function usePlatform(db: TestDatabase, options: PlatformOptions = {}): PlatformServer {
  let running: PlatformServer | undefined;
  beforeAll(async () => {
    running = await PlatformServer.start(db, options);
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    running?.remove();
  }, LONG_TIMEOUT_MS);
  return new Proxy({} as PlatformServer, {
    get(_target, name) {
      if (running === undefined) throw new Error('usePlatform: the server is there from beforeAll on');
      const value: unknown = Reflect.get(running, name);
      return typeof value === 'function' ? value.bind(running) : value;
    },
  });
}

interface ServerKeyPair {
  readonly dispatcher: GeneratedKey;
  readonly log: GeneratedKey;
}

async function makeWorld(suites: Suites): Promise<{ readonly world: World; readonly keys: ReadonlyMap<string, ServerKeyPair> }> {
  const keys = new Map<string, ServerKeyPair>();
  for (const name of PLATFORMS) keys.set(name, { dispatcher: await generateKey(suites.servers), log: await generateKey(suites.servers) });
  const world = await buildWorld({
    suites,
    rosters: (roster: Roster): Roster => {
      const pair = keys.get(roster.platform);
      if (pair === undefined) throw new Error(`no keys for ${roster.platform}`);
      return {
        ...roster,
        dispatcher: softwareKeyRecordSchema.parse(pair.dispatcher.key),
        logKey: softwareKeyRecordSchema.parse(pair.log.key),
        persons: [
          ...roster.persons,
          { id: personOf(`${roster.platform}-officer-1`), unit: unitOf(`${roster.platform}-office`), roles: ['officer', 'auditor'], keys: [] },
          { id: personOf(`${roster.platform}-admin`), unit: unitOf(`${roster.platform}-office`), roles: ['administrator'], keys: [] },
        ],
      };
    },
  });
  return { world, keys };
}

async function writeInstallation(dataDir: string, world: World, keys: ReadonlyMap<string, ServerKeyPair>, options: PlatformOptions): Promise<void> {
  mkdirSync(path.join(dataDir, 'keys'), { mode: 0o700 });
  for (const [platform, { dispatcher, log }] of keys) {
    for (const [name, made] of [['dispatcher', dispatcher], ['log', log]] as const) {
      writeFileSync(path.join(dataDir, 'keys', `${platform}.${name}.json`), JSON.stringify({ key: made.key, pkcs8: toBase64(made.pkcs8) }), { mode: 0o600 });
    }
  }
  const bootstrap = await bootstrapOf(world);
  writeFileSync(path.join(dataDir, 'bootstrap.json'), JSON.stringify(await (options.bootstrap ?? ((same) => same))(bootstrap, world)));
}

export async function bootstrapOf(world: World): Promise<Bootstrap> {
  const passwordHash = await hashPassword(PASSWORD);
  const who = ['author', 'approver-a', 'approver-b', 'approver-c', 'stopper', 'auditor', 'officer-1', 'admin'];
  const [charters, rosters] = ['charter', 'roster'].map((word) => world.expected.documents.filter((document) => document.payloadType.includes(`.${word}.`)));
  const stands = PLATFORMS.filter((name) => name !== 'd');
  return JSON.parse(JSON.stringify({
    format: 'clarion-bootstrap.v1',
    demo: true,
    root: world.expected.rootEnvelope,
    charters,
    rosters,
    accounts: PLATFORMS.flatMap((platform) => who.map((person) => ({
      account: `${platform}-${person}`, platform: platformOf(platform), person: personOf(`${platform}-${person}`), title: `${platform} ${person}`, passwordHash,
    }))),
    terminals: stands.map((platform, index) => ({
      id: terminalOf(`${platform}-term-1`), name: `喇叭 ${platform}`, platform: platformOf(platform), area: areaOf(`${platform}-area`), physicalCode: `DEMO-${platform}`,
      resourceCode: RESOURCE_CODE, latitude: 28.7, longitude: 115.8 + index / 100, horns: 2, households: 100 + index, naturalVillage: '',
      claimCodeHash: createHash('sha256').update(claimCodeOf(`${platform}-term-1`)).digest('hex'),
    })),
    map: { note: 'invented', shapes: [] },
  }));
}

function claimCodeOf(terminal: string): string {
  return createHash('sha256').update(`${PASSWORD} ${terminal}`).digest('hex').slice(0, 16).toUpperCase();
}

async function call(base: string, method: string, at: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${base}${at}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}
