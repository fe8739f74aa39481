import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { SimulatedFleet } from './fleet';

const MAX_BODY_BYTES = 1024 * 1024;

const terminals = z.array(z.string()).max(10_000);
const offlineSchema = z.strictObject({
  terminals: z.union([terminals, z.strictObject({ share: z.number().min(0).max(1), seed: z.int() })]), offline: z.boolean(),
});
const sinceSchema = z.strictObject({ since: z.number().default(0) });
const voicesSchema = z.strictObject({ since: z.number(), terminals: terminals.optional() });
const crashSchema = z.strictObject({ terminal: z.string(), when: z.enum(['after-floor', 'now']) });
const terminalSchema = z.strictObject({ terminal: z.string() });
const unitSchema = z.strictObject({
  terminal: z.string(), muted: z.boolean().optional(), volumePermille: z.int().min(0).max(1000).optional(), amplifier: z.enum(['ok', 'dead']).optional(),
  horn: z.enum(['ok', 'open']).optional(), disk: z.enum(['ok', 'full']).optional(), battery: z.boolean().optional(), clock: z.enum(['battery', 'none']).optional(),
  intruder: z.enum(['silent', 'sounding']).optional(),
});
const injectSchema = z.strictObject({ terminals, frame: z.unknown() });

/** What a route answers: JSON, a WAV file, or undefined for an unknown unit. */
type Answer = object | Uint8Array | undefined;
type Route = (body: unknown) => Answer | Promise<Answer>;

/**
 * The simulator's control socket: POST with JSON on a Unix socket that only the server's user may open. It is how the
 * scripted day, the attack suite and `./clarion listen` reach the units; a real terminal has nothing like it.
 */
export class ControlServer {
  private readonly server: Server;
  private readonly routes: ReadonlyMap<string, Route>;

  constructor(private readonly socketPath: string, fleet: SimulatedFleet) {
    this.routes = routesOf(fleet);
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => send(response, 500, { code: 'SIMULATOR_FAILED' }));
    });
  }

  listen(): Promise<void> {
    mkdirSync(dirname(this.socketPath), { recursive: true, mode: 0o700 });
    rmSync(this.socketPath, { force: true });
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.socketPath, () => {
        chmodSync(this.socketPath, 0o600);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = this.routes.get(request.url ?? '');
    if (route === undefined || request.method !== 'POST') {
      send(response, 404, { code: 'NOT_FOUND' });
      return;
    }
    const body = await jsonOf(request);
    if (body === undefined) {
      send(response, 400, { code: 'BODY_INVALID' });
      return;
    }
    try {
      const answer = await route(body.json);
      if (answer === undefined) send(response, 404, { code: 'TERMINAL_UNKNOWN' });
      else send(response, 200, answer);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      send(response, 400, { code: 'BODY_INVALID', fields: error.issues.map((issue) => issue.path.join('.')) });
    }
  }
}

function routesOf(fleet: SimulatedFleet): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/status', () => fleet.status()],
    ['/offline', (body) => {
      const { terminals: choice, offline } = offlineSchema.parse(body);
      return { terminals: fleet.hold(choice, offline) };
    }],
    ['/cards', (body) => ({ starts: fleet.cards.since(sinceSchema.parse(body).since), now: fleet.now() })],
    ['/voices', (body) => {
      const { since, terminals: asked } = voicesSchema.parse(body);
      return { packets: fleet.cards.voices.since(since, asked), now: fleet.now() };
    }],
    ['/refusals', (body) => fleet.refusals.since(sinceSchema.parse(body).since)],
    ['/crash', (body) => {
      const { terminal, when } = crashSchema.parse(body);
      return fleet.crash(terminal, when) ? {} : undefined;
    }],
    ['/boot', async (body) => ((await fleet.boot(terminalSchema.parse(body).terminal)) ? {} : undefined)],
    ['/listen', (body) => fleet.listen(terminalSchema.parse(body).terminal)],
    ['/unit', (body) => {
      const { terminal, ...change } = unitSchema.parse(body);
      return fleet.tamper(terminal, change);
    }],
    ['/inject', (body) => {
      const { terminals: chosen, frame } = injectSchema.parse(body);
      return { terminals: fleet.inject(chosen, frame) };
    }],
  ]);
}

async function jsonOf(request: IncomingMessage): Promise<{ readonly json: unknown } | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request) {
    const bytes = Buffer.from(part);
    length += bytes.length;
    if (length > MAX_BODY_BYTES) return undefined;
    parts.push(bytes);
  }
  try {
    const json: unknown = length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString('utf8'));
    return { json };
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, answer: object | Uint8Array): void {
  const isSound = answer instanceof Uint8Array;
  response.writeHead(status, { 'content-type': isSound ? 'audio/wav' : 'application/json' });
  response.end(isSound ? answer : JSON.stringify(answer));
}
