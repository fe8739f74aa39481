import http from 'node:http';
import { ApiClient, systemClock, type CliConfig, type Context } from '../../cli/src';
import type { Actor } from '../../scripted-day/src/actor';

export type Lie = (path: string, answer: unknown) => unknown;

/** A platform whose program is the attacker's: everything goes on to the genuine one, and what comes back is what the attacker wants to be read. */
export class LyingProxy {
  private lie: Lie = (_path, answer) => answer;
  private keeps: RegExp | undefined;
  /** What people handed in where it is kept and not passed on. */
  readonly caught: unknown[] = [];

  private constructor(private readonly server: http.Server, private readonly url: string) {}

  static async open(config: CliConfig, port: number): Promise<LyingProxy> {
    const server = http.createServer();
    const proxy = new LyingProxy(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      proxy.pass(config.apiUrl, request).then(({ status, text }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(text);
      }, () => { response.destroy(); });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** Keeps for itself what is posted to these addresses. */
  keep(addresses: RegExp | undefined): void {
    this.keeps = addresses;
  }

  /** The same person, whose program talks to the attacker's platform while `act` runs. */
  async deceive<T>(victim: Actor, lie: Lie, act: (context: Context) => Promise<T>): Promise<T> {
    this.lie = lie;
    const config = { ...victim.context.config, apiUrl: this.url };
    try {
      return await act({ ...victim.context, config, api: new ApiClient(config, systemClock, victim.context.api.currentSession()) });
    } finally {
      this.lie = (_path, answer) => answer;
    }
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(apiUrl: string, request: http.IncomingMessage): Promise<{ readonly status: number; readonly text: string }> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    if (request.method === 'POST' && this.keeps?.test(request.url ?? '') === true) {
      this.caught.push(JSON.parse(Buffer.concat(parts).toString('utf8')));
      return { status: 500, text: '' };
    }
    const headers = Object.fromEntries(Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && ['authorization', 'content-type', 'idempotency-key'].includes(entry[0])));
    const answer = await fetch(`${apiUrl}${request.url ?? ''}`, { method: request.method ?? 'GET', headers, ...(parts.length === 0 ? {} : { body: new Uint8Array(Buffer.concat(parts)) }) });
    const text = await answer.text();
    return { status: answer.status, text: answer.ok && text !== '' ? JSON.stringify(this.lie(request.url ?? '', JSON.parse(text))) : text };
  }
}
