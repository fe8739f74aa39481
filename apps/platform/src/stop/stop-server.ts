import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LIMITS, problemSchema, stopRequestSchema, type StopRequest, type TokenClaims } from '#libs/contracts';
import { parseStrictJson } from '#libs/envelope';
import type { Clock } from '../kernel/clock';
import { ClarionError, invalidFields, userError } from '../kernel/errors';
import type { Log } from '../kernel/log';
import { Attempts } from './attempts';
import type { GiveStop } from './give-stop';

export type CheckedToken = { readonly ok: true; readonly value: TokenClaims } | { readonly ok: false; readonly code: string };

export interface StopServerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly giveStop: GiveStop;
  /** Offline: nobody is asked. */
  readonly checkToken: (token: string, now: number) => Promise<CheckedToken>;
  /** Pages that may call from a browser. */
  readonly origins: readonly string[];
}

const WINDOW_MS = 10_000;
/** Stops of one account, and failures of one address, in ten seconds. */
const STOPS_PER_ACCOUNT = 40;
const FAILURES_PER_ADDRESS = 20;

/** The STOP listener: POST /stop, GET /health, and nothing else. */
export function createStopServer(options: StopServerOptions): Server {
  const stops = new Attempts(STOPS_PER_ACCOUNT, WINDOW_MS);
  const failures = new Attempts(FAILURES_PER_ADDRESS, WINDOW_MS);
  return createServer({ headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 20_000 }, (request, response) => {
    // Kept now: a connection that is gone has no address any more.
    const address = request.socket.remoteAddress ?? '';
    answer(request, response, options, stops).catch((cause: unknown) => refuse(address, response, options, failures, cause));
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: StopServerOptions, stops: Attempts): Promise<void> {
  allowOrigin(request, response, options.origins);
  if (request.method === 'OPTIONS') {
    response.writeHead(204, { 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'authorization, content-type, idempotency-key', 'access-control-max-age': '600' }).end();
    return;
  }
  if (request.method === 'GET' && request.url === '/health') return reply(response, 200, { ready: true });
  if (request.url !== '/stop') throw userError('NOT_FOUND', 'Only POST /stop is answered here.');
  if (request.method !== 'POST') throw userError('METHOD_NOT_ALLOWED', 'Stopping is a POST.');
  const now = Math.trunc(options.clock.now());
  const body = parseBody(await readBody(request));
  const token = /^Bearer ([A-Za-z0-9_.-]{1,2048})$/.exec(request.headers.authorization ?? '')?.[1];
  if (body.stop !== undefined) return reply(response, 200, await options.giveStop.bySignature(body.stop, (person) => stops.take(person, now)));
  const checked = token === undefined ? { ok: false as const, code: 'UNAUTHENTICATED' } : await options.checkToken(token, now);
  if (!checked.ok) throw userError(checked.code, 'Sign in again: this token does not open the STOP listener.', { status: 401 });
  reply(response, 200, await options.giveStop.byToken(checked.value, body, (account) => stops.take(account, now)));
}

function parseBody(bytes: Uint8Array): StopRequest {
  if (bytes.length === 0) return {};
  const json = parseStrictJson(bytes, { maxBytes: LIMITS.apiBodyBytes, maxDepth: LIMITS.jsonDepth });
  if (!json.ok) throw userError('MALFORMED_JSON', 'The body is not strict JSON.');
  const parsed = stopRequestSchema.safeParse(json.value);
  if (!parsed.success) throw invalidFields(parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: 'FIELD_INVALID', sentence: issue.message })));
  return parsed.data;
}

/** Only the listed origins may read the answer; there are no cookies to steal here. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, origins: readonly string[]): void {
  const { origin } = request.headers;
  response.setHeader('vary', 'origin');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  if (origin === undefined) return;
  if (!origins.includes(origin)) throw userError('ORIGIN_FOREIGN', 'This page may not stop anything.', { status: 403 });
  response.setHeader('access-control-allow-origin', origin);
}

function refuse(address: string, response: ServerResponse, { clock, log }: StopServerOptions, failures: Attempts, cause: unknown): void {
  const known = cause instanceof ClarionError ? cause : new ClarionError('UNEXPECTED', 'Something went wrong; use the command line with a stopper\'s key.', { family: 'unexpected', cause });
  // Guessing is slowed, but never at the price of a stop: whoever has a right to it is not asked how often others failed.
  const tooMany = known.family === 'user' && !failures.take(address, Math.trunc(clock.now()));
  const error = tooMany ? userError('TOO_MANY_REQUESTS', 'Too many failed attempts from this address.') : known;
  if (error.family === 'user') log.warn('stop.refused', { code: error.code });
  else log.error('stop.failed', { code: error.code }, error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const fields = error.fields?.map(({ path, code, sentence }) => ({ path, code, message: sentence }));
  reply(response, error.status, problemSchema.parse({ code: error.code, message: error.sentence, ...(fields === undefined ? {} : { fields }) }));
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...(status === 413 ? { connection: 'close' } : {}) }).end(text);
}

/** Not by `for await`: leaving that early would destroy the connection, and with it the refusal. */
function readBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= LIMITS.apiBodyBytes) parts.push(part);
      else {
        request.removeAllListeners('data');
        request.pause();
        reject(userError('PAYLOAD_TOO_LARGE', 'The body is too large.'));
      }
    });
    request.on('end', () => resolve(new Uint8Array(Buffer.concat(parts))));
    request.on('error', reject);
    request.on('aborted', () => reject(userError('BAD_REQUEST', 'The request ended before its body was complete.')));
  });
}
