import type { z } from 'zod';
import { ApiProblem, problemOf } from './problem';
import type { Where } from './where';

/** Names the build of the page in what it posts: the page's own claim, outside every signature. */
const BUILD_HEADER = 'Clarion-Page-Build';

/** How a page asks the platform. Every answer is read with a contract; no cookie goes with it. Throws ApiProblem. */
export class Api {
  constructor(private readonly where: Where, private readonly token: string | null = null) {}

  withToken(token: string): Api {
    return new Api(this.where, token);
  }

  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return read(await this.ask('GET', path), schema);
  }

  /** `key`, a UUID, makes a repetition harmless: the same key is one command. */
  async post<T>(path: string, body: unknown, schema: z.ZodType<T>, key?: string): Promise<T> {
    return read(await this.ask('POST', path, JSON.stringify(body), key), schema);
  }

  /** `file` as it is. */
  async upload<T>(path: string, file: Blob, schema: z.ZodType<T>): Promise<T> {
    return read(await this.ask('POST', path, file), schema);
  }

  /** The same place for a WebSocket. Its policy names it (docs/signing-pages.md). */
  socketUrl(path: string): string {
    return `${this.where.api.replace(/^http/, 'ws')}${path}`;
  }

  async remove(path: string): Promise<void> {
    await this.ask('DELETE', path);
  }

  async bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.ask('GET', path);
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch {
      throw network();
    }
  }

  private async ask(method: string, path: string, body?: string | Blob, key?: string): Promise<Response> {
    const headers = new Headers();
    if (this.token !== null) headers.set('Authorization', `Bearer ${this.token}`);
    if (body !== undefined) headers.set('Content-Type', typeof body === 'string' ? 'application/json' : body.type);
    if (key !== undefined) headers.set('Idempotency-Key', key);
    if (method === 'POST' && this.where.build !== null) headers.set(BUILD_HEADER, this.where.build);
    let response: Response;
    try {
      response = await fetch(`${this.where.api}${path}`, { method, headers, ...(body === undefined ? {} : { body }), credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer' });
    } catch {
      throw network();
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

async function read<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    throw network();
  }
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new ApiProblem('BAD_ANSWER', parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5).join(', '), response.status);
  return parsed.data;
}

function network(): ApiProblem {
  return new ApiProblem('NETWORK', 'The platform does not answer.', 0);
}
