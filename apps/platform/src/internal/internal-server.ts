import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import type { z } from 'zod';
import { platformRoutes } from '#libs/contracts';
import { ClarionError, errorCode } from '../kernel/errors';
import type { Log } from '../kernel/log';
import { InternalRoutes, type InternalAnswer, type InternalRequest, type InternalRoute } from './internal-routes';

/** A gateway sends at most this in one request: a batch of receipts from several hundred terminals. */
const BODY_BYTES = 16 * 1024 * 1024;
/** The instance tells the gateway that this is a new process, even when it noticed no gap: it sends everyone's presence anew. */
const JSON_TYPE = { 'content-type': 'application/json', 'x-clarion-instance': String(process.pid) };

/** The requests' schemas, so typed that a route's name gives its own. */
const REQUESTS: { readonly [N in InternalRoute]: z.ZodType<InternalRequest<N>> } = {
  directory: platformRoutes.directory.request,
  claim: platformRoutes.claim.request,
  exchanges: platformRoutes.exchanges.request,
  presence: platformRoutes.presence.request,
  alarms: platformRoutes.alarms.request,
  receipts: platformRoutes.receipts.request,
};

interface Answering {
  readonly path: string;
  /** Parses, answers and writes; throws what the feature threw. */
  respond(body: unknown): Promise<string>;
}

class BadRequest extends Error {}

/**
 * The platform's inner door for its gateway: JSON over HTTP on a Unix socket of mode 0600 in a folder of mode 0700, so
 * that only the server's own account reaches it. Every body is parsed by its contract; nothing else is reachable here.
 */
export class InternalServer extends InternalRoutes {
  private readonly answering = new Map<string, Answering>();
  private server: Server | undefined;

  constructor(private readonly socketPath: string, private readonly log: Log) {
    super();
  }

  override answer<N extends InternalRoute>(route: N, answer: (request: InternalRequest<N>) => Promise<InternalAnswer<N>>): void {
    const at = platformRoutes[route].path;
    const schema: z.ZodType<InternalRequest<N>> = REQUESTS[route];
    if (this.answering.has(at)) throw new Error(`two features answer ${at}`);
    this.answering.set(at, {
      path: at,
      async respond(body) {
        const parsed = schema.safeParse(body);
        if (!parsed.success) throw new BadRequest(parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
        return JSON.stringify(await answer(parsed.data));
      },
    });
  }

  /** Opens the socket; a file left by a killed process is replaced. */
  async listen(): Promise<void> {
    mkdirSync(path.dirname(this.socketPath), { recursive: true, mode: 0o700 });
    chmodSync(path.dirname(this.socketPath), 0o700);
    rmSync(this.socketPath, { force: true });
    const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 30_000 }, (request, response) => void this.serve(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.socketPath, resolve);
    });
    chmodSync(this.socketPath, 0o600);
    this.server = server;
  }

  async close(): Promise<void> {
    const server = this.server;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const force = setTimeout(() => server.closeAllConnections(), 1_000);
    await closed;
    clearTimeout(force);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answering = this.answering.get(request.url ?? '');
    try {
      if (request.method !== 'POST' || answering === undefined) {
        request.resume();
        response.writeHead(404, JSON_TYPE).end('{"code":"NOT_FOUND"}');
        return;
      }
      const text = await answering.respond(JSON.parse(await readBody(request)));
      response.writeHead(200, JSON_TYPE).end(text);
    } catch (cause) {
      const bad = cause instanceof BadRequest || cause instanceof SyntaxError;
      const code = bad ? 'BAD_REQUEST' : (errorCode(cause) ?? 'UNEXPECTED');
      this.log.error('internal.failed', { path: answering?.path ?? '', code }, cause);
      if (response.headersSent) response.destroy();
      else response.writeHead(bad ? 400 : cause instanceof ClarionError ? cause.status : 500, JSON_TYPE).end(JSON.stringify({ code }));
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    const chunk = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    bytes += chunk.length;
    if (bytes > BODY_BYTES) throw new BadRequest('the body is too large');
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}
