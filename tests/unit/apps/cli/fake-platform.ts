import { createServer, type IncomingMessage, type Server } from 'node:http';
import { PassThrough, type Duplex } from 'node:stream';
import type { Session } from '#libs/contracts';
import type { Clock } from '../../../../apps/cli/src';
import { run, type Streams } from '../../../../apps/cli/src/run';
import { freePort } from '../../../support/ports';
import { NOW } from './temp-demo';

export interface Asked { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: Buffer }
export type Answer = (asked: Asked) => { readonly status?: number; readonly json?: unknown; readonly text?: string; readonly bytes?: Uint8Array };

/** A platform that answers what a test tells it to and remembers what it was asked. */
export class FakePlatform {
  readonly asked: Asked[] = [];
  readonly routes = new Map<string, Answer>();

  private constructor(private readonly server: Server, readonly url: string) {}

  static async start(): Promise<FakePlatform> {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
    const platform = new FakePlatform(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) };
        platform.asked.push(asked);
        const answer = answerOf(platform.routes.get(`${asked.method} ${asked.path}`), asked);
        response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.bytes ?? answer.text ?? JSON.stringify(answer.json));
      });
    });
    return platform;
  }

  /** For what does not speak HTTP. */
  onUpgrade(take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void {
    this.server.on('upgrade', take);
  }

  on(route: string, answer: Answer | unknown): void {
    this.routes.set(route, typeof answer === 'function' ? answer as Answer : () => ({ json: answer }));
  }

  /** Bodies that were posted to a path, parsed. */
  posted(path: string): readonly unknown[] {
    return this.asked.filter((asked) => asked.method === 'POST' && asked.path === path).map((asked) => JSON.parse(asked.body.toString('utf8')) as unknown);
  }

  forget(): void {
    this.asked.length = 0;
    this.routes.clear();
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => { this.server.close(resolve); this.server.closeAllConnections(); });
  }
}

function answerOf(route: Answer | undefined, asked: Asked): ReturnType<Answer> {
  try {
    return route?.(asked) ?? { status: 404, json: { code: 'NOT_FOUND', message: 'There is nothing here.' } };
  } catch (error) {
    return { status: 500, json: { code: 'TEST_ROUTE', message: String(error) } };
  }
}

/** One command line and all that it printed. */
export async function clarion(words: readonly string[], environment: Readonly<Record<string, string>>, typed = '', clock?: Clock, onInterrupt?: Streams['onInterrupt']): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const keyboard = new PassThrough();
  keyboard.end(typed);
  let [out, err] = ['', ''];
  const code = await run(words, { keyboard, ...(onInterrupt === undefined ? {} : { onInterrupt }), out: (text) => { out += text; }, err: (text) => { err += text; } }, environment, clock);
  return { code, out, err };
}

/** A session as the platform gives it. */
export function sessionOf(person: string, platform: string, expiresAt = NOW * 2): unknown {
  return {
    token: 'claims.signature', expiresAt, account: person, person, platform, tier: 'district', roles: ['author', 'approver'], title: '经开区（演示） 气象局制播员', demo: true, factor: 'off',
  } satisfies Record<Exclude<keyof Session, 'known'>, unknown>;
}
