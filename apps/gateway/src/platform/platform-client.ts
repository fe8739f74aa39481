import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { errorCode } from '../error-code';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';

/** One inner route of libs/contracts `platformRoutes`. */
export interface PlatformRoute<Request, Answer> {
  readonly path: string;
  readonly request: z.ZodType<Request>;
  readonly answer: z.ZodType<Answer>;
}

/**
 * `away`: no answer, or 502, 503, 504: try again when it is back. `failed`: it answered 500 or something unreadable:
 * perhaps the request's fault, try again smaller. `refused`: the platform will never take this request.
 */
export type PlatformAnswer<Answer> =
  | { readonly ok: true; readonly value: Answer }
  | { readonly ok: false; readonly why: 'away' | 'failed' | 'refused'; readonly status: number | null };

/** What the queues need of the platform. */
export interface Platform {
  readonly isUp: boolean;
  call<Request, Answer>(route: PlatformRoute<Request, Answer>, request: Request): Promise<PlatformAnswer<Answer>>;
  /** Called each time the platform answers again after it was away, and on its first answer ever. */
  onBack(listener: () => void): void;
}

/** Everything else, 404 of a platform that is still starting included, is `failed`. */
const UNACCEPTABLE: ReadonlySet<number> = new Set([400, 413, 422]);

/** Sent by a platform that wants to be told of everybody again after a restart that no request happened to notice. */
const INSTANCE_HEADER = 'x-clarion-instance';

/** Client of platform.sock: kept-alive connections, a time limit on every request, and the memory whether it answers. */
export class PlatformClient implements Platform {
  isUp = false;
  private instance: string | undefined;
  private readonly listeners: (() => void)[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 8 });

  constructor(private readonly socketPath: string, private readonly log: Log, private readonly timeoutMs: number = GATEWAY_LIMITS.platformTimeoutMs) {}

  onBack(listener: () => void): void {
    this.listeners.push(listener);
  }

  async call<Request, Answer>(route: PlatformRoute<Request, Answer>, request: Request): Promise<PlatformAnswer<Answer>> {
    const body = Buffer.from(JSON.stringify(request));
    let reply: Reply;
    try {
      reply = await this.post(route.path, body);
    } catch (cause) {
      this.noteAway(errorCode(cause) ?? String(cause));
      return { ok: false, why: 'away', status: null };
    }
    const { status } = reply;
    if (status === 502 || status === 503 || status === 504) {
      this.noteAway(`status ${status}`);
      return { ok: false, why: 'away', status };
    }
    this.noteBack(reply.instance);
    if (UNACCEPTABLE.has(status)) return { ok: false, why: 'refused', status };
    const parsed = status === 200 || status === 201 ? route.answer.safeParse(parseJson(reply.body)) : undefined;
    if (parsed?.success === true) return { ok: true, value: parsed.data };
    this.log.warn({ path: route.path, status, issues: parsed?.error.issues.length ?? 0 }, 'the platform gave an answer outside the contract');
    return { ok: false, why: 'failed', status };
  }

  close(): void {
    this.agent.destroy();
  }

  /** One POST. A kept connection that the platform closed meanwhile is no failure: the request goes out once more. */
  private async post(path: string, body: Buffer): Promise<Reply> {
    try {
      return await this.attempt(path, body);
    } catch (cause) {
      if (!(cause instanceof StaleConnection)) throw cause;
      return this.attempt(path, body);
    }
  }

  private attempt(path: string, body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        socketPath: this.socketPath, path, method: 'POST', agent: this.agent,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      request.on('error', (cause) => reject(request.reusedSocket && isReset(cause) ? new StaleConnection() : cause));
      request.on('response', (response) => {
        collect(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, body: text, instance: instanceOf(response) }),
          reject,
        );
      });
      request.end(body);
    });
  }

  private noteAway(reason: string): void {
    if (this.isUp) this.log.warn({ reason }, 'the platform is away');
    this.isUp = false;
  }

  private noteBack(instance: string | undefined): void {
    const restarted = this.instance !== undefined && instance !== undefined && instance !== this.instance;
    if (instance !== undefined) this.instance = instance;
    if (this.isUp && !restarted) return;
    this.isUp = true;
    this.log.info({ restarted }, 'the platform answers');
    for (const listener of this.listeners) listener();
  }
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly instance: string | undefined;
}

class StaleConnection extends Error {}

function isReset(cause: unknown): boolean {
  const code = errorCode(cause);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function instanceOf(response: IncomingMessage): string | undefined {
  const value = response.headers[INSTANCE_HEADER];
  return typeof value === 'string' ? value : undefined;
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > GATEWAY_LIMITS.platformAnswerBytes) throw new Error('the answer is too large');
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
