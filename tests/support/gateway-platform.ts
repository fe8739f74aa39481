import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import {
  PLATFORM_SOCKET, platformRoutes, type EnvelopeShape, type ExchangeAnswer, type ExchangeRequest, type SoftwareKeyRecord, type TerminalId,
} from '#libs/contracts';

type Change = { terminal: string; online: boolean; at: number; address: string };

/** A platform with a memory behind a real platform.sock. It can be stopped, started again and told to fail. */
export class FakePlatform {
  devices = new Map<string, SoftwareKeyRecord>();
  /** Where terminals stand; of the others nothing is told. */
  readonly stands = new Map<string, readonly string[]>();
  revision = 1;
  claims = new Map<string, { terminal: string; state: 'open' | 'used' | 'expired' }>();
  /** What the gateway told, request by request. */
  presence: { reset: boolean; changes: Change[] }[] = [];
  exchanges: { terminal: string; exchange: ExchangeRequest }[][] = [];
  /** Committed receipts by terminal, payload by payload. */
  committed = new Map<string, string[]>();
  /** The same with their signatures. */
  envelopes = new Map<string, EnvelopeShape[]>();
  receiptRequests = 0;
  directoryPulls = 0;
  /** Status to answer on a route instead of working. */
  failing = new Map<string, number>();
  /** Called before a receipts answer is given: the transaction. */
  beforeCommit: () => Promise<void> = () => Promise.resolve();
  answerExchange: (terminal: string, exchange: ExchangeRequest) => ExchangeAnswer | undefined | Promise<ExchangeAnswer> = () => ({
    kind: 'exchange', beacon: null, documents: [], stops: [], isolates: [], orders: [],
  });
  private server: Server | undefined;

  constructor(private readonly dataDir: string) {}

  enrol(terminal: string, key: SoftwareKeyRecord): void {
    this.devices.set(terminal, key);
    this.revision += 1;
  }

  async start(): Promise<void> {
    const socketPath = path.join(this.dataDir, PLATFORM_SOCKET);
    await rm(socketPath, { force: true });
    this.server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const url = request.url ?? '';
        const status = this.failing.get(url);
        if (status !== undefined) {
          response.writeHead(status).end('{"code":"FAKE"}');
          return;
        }
        const answer = await this.answer(url, JSON.parse(Buffer.concat(chunks).toString()));
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
      })();
    });
    await new Promise<void>((resolve) => this.server?.listen(socketPath, resolve));
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Whom the presence requests so far leave online. */
  online(): Set<string> {
    const online = new Set<string>();
    for (const { reset, changes } of this.presence) {
      if (reset) online.clear();
      for (const change of changes) {
        if (change.online) online.add(change.terminal);
        else online.delete(change.terminal);
      }
    }
    return online;
  }

  private async answer(url: string, body: unknown): Promise<unknown> {
    switch (url) {
      case platformRoutes.directory.path: {
        this.directoryPulls += 1;
        const { revision } = platformRoutes.directory.request.parse(body);
        const current = String(this.revision);
        const devices = [...this.devices].map(([terminal, key]) => ({ terminal, key, areas: this.stands.get(terminal) }));
        return { revision: current, devices: revision === current ? null : devices };
      }
      case platformRoutes.claim.path: {
        const { code, key } = platformRoutes.claim.request.parse(body);
        const claim = this.claims.get(code);
        if (claim === undefined) return { ok: false, code: 'CLAIM_UNKNOWN' };
        if (claim.state !== 'open') return { ok: false, code: claim.state === 'used' ? 'CLAIM_USED' : 'CLAIM_EXPIRED' };
        claim.state = 'used';
        this.enrol(claim.terminal, key);
        return { ok: true, terminal: claim.terminal };
      }
      case platformRoutes.presence.path: {
        const { reset, changes } = platformRoutes.presence.request.parse(body);
        this.presence.push({ reset, changes: [...changes] });
        return {};
      }
      case platformRoutes.exchanges.path: {
        const { exchanges } = platformRoutes.exchanges.request.parse(body);
        this.exchanges.push([...exchanges]);
        const answers = await Promise.all(exchanges.map(async ({ terminal, exchange }) => ({ terminal, exchange: await this.answerExchange(terminal, exchange) })));
        return { answers: answers.filter(({ exchange }) => exchange !== undefined) };
      }
      case platformRoutes.receipts.path: {
        this.receiptRequests += 1;
        const { receipts } = platformRoutes.receipts.request.parse(body);
        await this.beforeCommit();
        const acks = receipts.map(({ terminal, envelopes }) => ({ terminal, counter: this.commit(terminal, envelopes) }));
        return { acks };
      }
      default:
        return undefined;
    }
  }

  /** Inserts what is new; the answer is how many are there. */
  private commit(terminal: TerminalId, envelopes: readonly EnvelopeShape[]): number {
    const own = this.committed.get(terminal) ?? [];
    this.committed.set(terminal, own);
    this.envelopes.set(terminal, [...(this.envelopes.get(terminal) ?? []), ...envelopes]);
    for (const { payload } of envelopes) if (!own.includes(payload)) own.push(payload);
    return own.length;
  }
}
