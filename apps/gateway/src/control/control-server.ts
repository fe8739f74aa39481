import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import type { z } from 'zod';
import { gatewayRoutes } from '#libs/contracts';
import { GATEWAY_LIMITS } from '../limits';
import { listenPrivately } from './own-socket';

type RequestOf<Name extends keyof typeof gatewayRoutes> = z.infer<(typeof gatewayRoutes)[Name]['request']>;
type AnswerOf<Name extends keyof typeof gatewayRoutes> = z.infer<(typeof gatewayRoutes)[Name]['answer']>;

/** What stands behind the routes of `gateway.sock`. Refusals are thrown as ControlRefusal. */
export interface ControlRoutes {
  push(request: RequestOf<'push'>): Promise<AnswerOf<'push'>>;
  stop(request: RequestOf<'stop'>): Promise<AnswerOf<'stop'>>;
  liveOpen(request: RequestOf<'liveOpen'>): AnswerOf<'liveOpen'>;
  liveLease(request: RequestOf<'liveLease'>): AnswerOf<'liveLease'>;
  liveClose(request: RequestOf<'liveClose'>): AnswerOf<'liveClose'>;
  status(): AnswerOf<'status'>;
  metrics(): Promise<string>;
}

export class ControlRefusal extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(code);
  }
}

/**
 * `gateway.sock`: JSON over HTTP for the platform, the STOP listener and the metrics collector of the same machine.
 * The socket file has mode 0600 in a folder of mode 0700: whoever may open it may push.
 */
export class ControlServer {
  private readonly server: Server;

  constructor(private readonly socketPath: string, private readonly routes: ControlRoutes) {
    this.server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 60_000 }, (request, response) => {
      this.answer(request).then(
        ({ type, body }) => reply(response, 200, type, body),
        (cause: unknown) => {
          const { status, code } = cause instanceof ControlRefusal ? cause : { status: 500, code: 'UNEXPECTED' };
          reply(response, status, 'application/json', JSON.stringify({ code }));
        },
      );
    });
  }

  /** Takes the place of a socket file that nobody answers; refuses to start beside a living gateway. */
  async listen(): Promise<void> {
    await mkdir(path.dirname(this.socketPath), { recursive: true, mode: 0o700 });
    if (await isAnswered(this.socketPath)) throw new Error(`GATEWAY_RUNNING: another gateway answers on ${this.socketPath}`);
    await listenPrivately(this.server, this.socketPath);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage): Promise<{ readonly type: string; readonly body: string }> {
    if (request.method === 'GET' && request.url === '/metrics') {
      return { type: 'text/plain; version=0.0.4; charset=utf-8', body: await this.routes.metrics() };
    }
    if (request.method !== 'POST') throw new ControlRefusal(405, 'METHOD_NOT_ALLOWED');
    const body = parseJson(await readBody(request));
    switch (request.url) {
      case gatewayRoutes.push.path: return json(await this.routes.push(checked(gatewayRoutes.push.request, body)));
      case gatewayRoutes.stop.path: return json(await this.routes.stop(checked(gatewayRoutes.stop.request, body)));
      case gatewayRoutes.liveOpen.path: return json(this.routes.liveOpen(checked(gatewayRoutes.liveOpen.request, body)));
      case gatewayRoutes.liveLease.path: return json(this.routes.liveLease(checked(gatewayRoutes.liveLease.request, body)));
      case gatewayRoutes.liveClose.path: return json(this.routes.liveClose(checked(gatewayRoutes.liveClose.request, body)));
      case gatewayRoutes.status.path: return json(this.routes.status());
      default: throw new ControlRefusal(404, 'NOT_FOUND');
    }
  }
}

function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new ControlRefusal(422, 'INVALID');
  return parsed.data;
}

function json(value: unknown): { readonly type: string; readonly body: string } {
  return { type: 'application/json', body: JSON.stringify(value) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlRefusal(400, 'MALFORMED_JSON');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > GATEWAY_LIMITS.controlBodyBytes) throw new ControlRefusal(413, 'PAYLOAD_TOO_LARGE');
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    const end = (answered: boolean) => {
      probe.destroy();
      resolve(answered);
    };
    probe.once('connect', () => end(true));
    probe.once('error', () => end(false));
  });
}
