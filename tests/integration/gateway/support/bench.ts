import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GATEWAY_SOCKET } from '#libs/contracts';
import { generateKey, type GeneratedKey } from '#libs/suites';
import { createSystemClock } from '../../../../apps/gateway/src/clock';
import { readConfig } from '../../../../apps/gateway/src/config';
import { errorCode } from '../../../../apps/gateway/src/error-code';
import { Gateway } from '../../../../apps/gateway/src/gateway';
import type { Log } from '../../../../apps/gateway/src/log';
import { TestTerminal } from './test-terminal';
import { FakePlatform } from '../../../support/gateway-platform';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let nextPort = 20_000 + (process.pid % 4_500) * 2;
/** The first gateway of a suite makes CA and certificate; the others borrow them. */
let pki: string | undefined;

/** A gateway on real sockets in a data folder of its own, beside a platform with a memory. */
export class Bench {
  readonly platform: FakePlatform;
  private gateway: Gateway | undefined;
  private readonly terminals: TestTerminal[] = [];
  port = 0;

  private constructor(readonly dataDir: string) {
    this.platform = new FakePlatform(dataDir);
  }

  static async open(options: { readonly platformDead?: boolean } = {}): Promise<Bench> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'gw-'));
    await mkdir(path.join(dataDir, 'run'), { mode: 0o700 });
    if (pki !== undefined) await cp(pki, path.join(dataDir, 'pki'), { recursive: true });
    const bench = new Bench(dataDir);
    if (options.platformDead !== true) await bench.platform.start();
    await bench.startGateway();
    if (pki === undefined) {
      pki = await mkdtemp(path.join(tmpdir(), 'gw-pki-'));
      await cp(path.join(dataDir, 'pki'), pki, { recursive: true });
    }
    return bench;
  }

  async startGateway(environment: Readonly<Record<string, string>> = {}, port?: number): Promise<Gateway> {
    for (;;) {
      nextPort = nextPort >= 29_998 ? 20_000 : nextPort + 1;
      const config = readConfig({ CLARION_DATA: this.dataDir, CLARION_DEVICE_PORT: String(port ?? nextPort), ...environment });
      const gateway = new Gateway(config, createSystemClock(), quiet);
      try {
        this.port = await gateway.start();
        this.gateway = gateway;
        return gateway;
      } catch (cause) {
        await gateway.stop();
        if (errorCode(cause) !== 'EADDRINUSE') throw cause;
      }
    }
  }

  async stopGateway(): Promise<void> {
    await this.gateway?.stop();
    this.gateway = undefined;
  }

  get sessions() {
    if (this.gateway === undefined) throw new Error('no gateway runs');
    return this.gateway.sessions;
  }

  get ca(): string {
    return readFileSync(path.join(this.dataDir, 'pki/ca.pem'), 'utf8');
  }

  /** A connection that has read nothing yet. */
  connect(options: ConstructorParameters<typeof TestTerminal>[2] = {}): TestTerminal {
    const terminal = new TestTerminal(this.port, this.ca, options);
    this.terminals.push(terminal);
    return terminal;
  }

  /** A terminal known to the platform. */
  async device(id: string): Promise<GeneratedKey> {
    const key = await generateKey('ed25519');
    this.platform.enrol(id, { ...key.key } as never);
    return key;
  }

  /** Connects and says hello; resolves after `welcome`. */
  async online(id: string, key: GeneratedKey): Promise<TestTerminal> {
    const terminal = this.connect();
    await terminal.hello(id, key);
    await terminal.frame('welcome');
    return terminal;
  }

  /** A request on gateway.sock. */
  control(route: string, body?: unknown): Promise<{ status: number; body: unknown; text: string }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath: path.join(this.dataDir, GATEWAY_SOCKET), path: route, method: body === undefined ? 'GET' : 'POST' }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : undefined, text });
        });
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  async close(): Promise<void> {
    for (const terminal of this.terminals) terminal.cut();
    await this.stopGateway();
    await this.platform.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
