/**
 * What the attacks on sign-in and API share: one real server with everything in it, a clock that the attack moves, and a
 * client that comes from any address of the loopback. Short in `npm test`; `CLARION_LONG=1` does the whole of each threat.
 */
import http from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FEATURES } from '../../apps/platform/src/app.module';
import { routesOf, type RouteEntry } from '../../apps/platform/src/kernel/http';
import { createLog } from '../../apps/platform/src/kernel/log';
import { useMessageFlow, type MessageFlow } from '../support/message-flow';
import { PASSWORD, usePlatform, type PlatformServer } from '../support/platform-server';
import { useDatabase, type TestDatabase } from '../support/postgres';

export const LONG = process.env['CLARION_LONG'] === '1';
/** Requests of one account in a second (CLARION_REQUESTS_PER_SECOND): small, so that a flood is short. */
export const PER_SECOND = 20;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
/** The whole of a threat takes minutes; a test given up half-way would go on beside the next one. */
if (LONG) jest.setTimeout(60 * MINUTE);

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  // Attacks look into answers as they are.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** An address of the loopback, 127.0.0.1 unless said. */
  readonly from?: string;
}

/** A server of the foundation only has no messages to attack. */
const NO_MESSAGES: MessageFlow = new Proxy({} as MessageFlow, { get: (_, name) => { throw new Error(`this server has no messages: ${String(name)}`); } });

export class Attacked {
  /** What must stand in no log line and no answer to anybody else. */
  readonly secrets = new Set<string>([PASSWORD]);

  constructor(readonly server: PlatformServer, readonly flow: MessageFlow, readonly db: TestDatabase, readonly log: readonly string[]) {}

  /** Long enough for every throttle to forget; who was signed in signs in anew. */
  later(): void {
    this.server.clock.advance(2 * HOUR);
    if (this.flow !== NO_MESSAGES) this.flow.callers.clear();
  }

  get routes(): readonly RouteEntry[] {
    return routesOf(this.server.app as NestExpressApplication);
  }

  ask(method: string, path: string, { body, headers = {}, token, from = '127.0.0.1' }: Ask = {}): Promise<Reply> {
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.server.base}${path}`, {
        method, agent: false, localAddress: from,
        headers: {
          ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(bytes.length) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers,
        },
      }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, body: /^[[{]/.test(text) ? JSON.parse(text) : text });
        });
        answer.on('error', reject);
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }

  /** A session of this account, from this address. Its token is a secret from now on. */
  async token(account: string, more: object = {}, from?: string): Promise<string> {
    const { status, body } = await this.ask('POST', '/api/session', { body: { account, password: PASSWORD, ...more }, ...(from === undefined ? {} : { from }) });
    if (status !== 201) throw new Error(`${account} cannot sign in: ${JSON.stringify(body)}`);
    this.secrets.add(body.token);
    if (body.known !== undefined) this.secrets.add(body.known);
    return body.token;
  }
}

/** Registers the hooks; each threat begins an hour after the one before, so that no throttle remembers it. */
export function useAttacked(settings: Readonly<Record<string, string>> = {}, withMessages = true): Attacked {
  const log: string[] = [];
  const db = useDatabase();
  const server = usePlatform(db, {
    ...(withMessages ? { features: FEATURES } : {}), log: createLog('platform', 'debug', { write: (line) => void log.push(line) }),
    settings: { CLARION_REQUESTS_PER_SECOND: String(PER_SECOND), CLARION_IDLE_MINUTES: '30', ...settings },
  });
  return new Attacked(server, withMessages ? useMessageFlow(server) : NO_MESSAGES, db, log);
}

/** A threat of the table by its name: `threat(attacked, 'T02', 'password spraying', () => { it(...) })`. */
export function threat(attacked: Attacked, id: string, what: string, attacks: () => void): void {
  describe(`${id} ${what}`, () => {
    beforeAll(() => attacked.later());
    attacks();
  });
}

/** Runs `count` of them, so many at a time. */
export async function many<T>(count: number, atOnce: number, one: (n: number) => Promise<T>): Promise<readonly T[]> {
  const found: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next;
      next += 1;
      found[n] = await one(n);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return found;
}
