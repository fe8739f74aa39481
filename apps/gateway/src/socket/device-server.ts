import type { IncomingMessage, Server as PlainServer, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { Server as UpgradeServer } from 'ws';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL, LIMITS } from '#libs/contracts';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import { DeviceSocket, type DeviceLink, type LinkObserver } from './device-socket';
import { GuardedWebSocket } from './guarded-web-socket';

/** PEM texts of the server's TLS identity. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Where connections come from. Over TLS wherever terminals come; over plain TCP for measurements alone. */
export type DeviceHttp = (tls: TlsIdentity) => Server | PlainServer;

/** Limits of any server that terminals connect to. */
export const DEVICE_HTTP = {
  headersTimeout: GATEWAY_LIMITS.httpRequestMs,
  requestTimeout: GATEWAY_LIMITS.httpRequestMs,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 15_000,
  maxHeaderSize: 8_192,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
} as const;

export const overTls: DeviceHttp = (tls) => createServer({ ...DEVICE_HTTP, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: GATEWAY_LIMITS.tlsHandshakeMs });

export interface DeviceServerParts {
  readonly clock: Clock;
  readonly http: DeviceHttp;
  readonly tls: TlsIdentity;
  readonly observer: LinkObserver;
  readonly onLink: (link: DeviceLink) => void;
  /** Plain HTTPS requests: media. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
}

/** The server of the device link and of media: the only place where sockets of terminals are accepted. */
export class DeviceServer {
  private readonly server: Server | PlainServer;
  private readonly upgrader: UpgradeServer<typeof GuardedWebSocket>;

  constructor(private readonly parts: DeviceServerParts) {
    this.upgrader = new UpgradeServer(upgraderOptions());
    this.server = parts.http(parts.tls);
    this.server.maxConnections = GATEWAY_LIMITS.connections;
    this.server.on('request', parts.onRequest);
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.server.on('clientError', (_error, socket: Duplex) => socket.destroy());
  }

  /** Resolves to the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      // The default backlog turns a storm of reconnects into seconds of SYN retries.
      this.server.listen({ host, port, backlog: 4_096 }, () => {
        this.server.off('error', reject);
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** New connections use the renewed certificate; live ones stay. */
  renew(tls: TlsIdentity): void {
    if ('setSecureContext' in this.server) this.server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
  }

  /** Accepts nobody any more; open links are the caller's to close. */
  stopAccepting(): void {
    this.server.close();
    this.server.closeIdleConnections();
  }

  /** Cuts whatever is still open. */
  cutAll(): void {
    this.server.closeAllConnections();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const address = request.socket.remoteAddress ?? '';
    this.upgrader.handleUpgrade(request, socket, head, (ws) => {
      this.parts.onLink(new DeviceSocket(ws, socket, address, this.parts.clock, this.parts.observer));
    });
  }
}

function upgraderOptions() {
  return {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Pongs go through the same budget and the same cap as everything else.
    autoPong: false,
    maxPayload: LIMITS.deviceFrameBytes,
    maxFragments: 64,
    maxBufferedChunks: 4_096,
    closeTimeout: GATEWAY_LIMITS.closeGraceMs,
    handleProtocols: () => DEVICE_SUBPROTOCOL,
    WebSocket: GuardedWebSocket,
  };
}

/** RFC 6455 4.1; the library behind us would take 8 as well. */
const WEBSOCKET_VERSION = '13';

/** Status line for an upgrade that is not a terminal's, or undefined. Browsers send an Origin; terminals never do. */
function refusalOf(request: IncomingMessage): string | undefined {
  if (request.url !== DEVICE_PATH) return '404 Not Found';
  if (request.headers.origin !== undefined) return '403 Forbidden';
  if (request.headers['sec-websocket-version'] !== WEBSOCKET_VERSION) return `426 Upgrade Required\r\nSec-WebSocket-Version: ${WEBSOCKET_VERSION}`;
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.includes(DEVICE_SUBPROTOCOL) ? undefined : '400 Bad Request';
}
