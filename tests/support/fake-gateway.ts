import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { GATEWAY_SOCKET, gatewayRoutes, type EnvelopeShape, type ServerFrame } from '#libs/contracts';

export interface Pushed {
  readonly terminals: readonly string[] | null;
  readonly frame: ServerFrame;
}

/** A gateway with a memory on `gateway.sock`: it knows who is connected and keeps every frame it was asked to write. */
export class FakeGateway {
  readonly pushed: Pushed[] = [];
  readonly stops: { readonly stop: EnvelopeShape; readonly notAfter: number }[] = [];
  online = new Set<string>();
  /** Answers what is asked of living voices; nobody does unless a test puts one there. */
  live: ((at: string, body: unknown) => object | undefined) | undefined;
  private server: Server | undefined;

  constructor(private readonly dataDir: string) {}

  async open(): Promise<void> {
    const socket = path.join(this.dataDir, GATEWAY_SOCKET);
    mkdirSync(path.dirname(socket), { recursive: true });
    rmSync(socket, { force: true });
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const answer = this.answer(request.url ?? '', JSON.parse(Buffer.concat(parts).toString('utf8')));
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(socket, resolve));
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  frames<K extends ServerFrame['kind']>(kind: K): readonly { readonly terminals: readonly string[] | null; readonly frame: Extract<ServerFrame, { kind: K }> }[] {
    return this.pushed.flatMap(({ terminals, frame }) => (isKind(frame, kind) ? [{ terminals, frame }] : []));
  }

  private answer(at: string, body: unknown): object | undefined {
    if (at === gatewayRoutes.push.path) {
      const { terminals, frame } = gatewayRoutes.push.request.parse(body);
      this.pushed.push({ terminals, frame });
      return { written: (terminals ?? [...this.online]).filter((terminal) => this.online.has(terminal)) };
    }
    if (at === gatewayRoutes.stop.path) {
      this.stops.push(gatewayRoutes.stop.request.parse(body));
      return { written: this.online.size };
    }
    return this.live?.(at, body);
  }
}

function isKind<K extends ServerFrame['kind']>(frame: ServerFrame, kind: K): frame is Extract<ServerFrame, { kind: K }> {
  return frame.kind === kind;
}
