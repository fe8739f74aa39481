import { request, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ForwardOptions {
  /** Reads the certificate and its key; asked again when they were renewed. */
  readonly identity: { readonly cert: string; readonly key: string };
  /** The port on 127.0.0.1 that is reached through this listener. */
  readonly toPort: number;
  /** A live feed may be opened as well. */
  readonly upgrade: boolean;
}

/** Hop by hop (RFC 9110 7.6.1), and what only a proxy that we are may say. */
const NOT_PASSED = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-connection', 'forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']);
const MAX_CONNECTIONS = 500;
const HEADERS_MS = 10_000;
const REQUEST_MS = 120_000;
const KEEP_ALIVE_MS = 20_000;

/**
 * TLS for phones on the network in front of one of our listeners on the loopback: everything is passed as it came, with
 * the caller's true address in X-Forwarded-For. It decides nothing: who may do what the listener behind it asks. No HSTS:
 * it would take the plain install page on the same host away from those who need it.
 */
export function createForwarder({ identity, toPort, upgrade }: ForwardOptions): Server {
  const server = createServer({ ...identity, minVersion: 'TLSv1.2', headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS }, pass(toPort));
  server.maxConnections = MAX_CONNECTIONS;
  if (upgrade) server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => passUpgrade(incoming, socket, head, toPort));
  return server;
}

function pass(toPort: number): RequestListener {
  return (incoming, response) => {
    const outgoing = request({ host: '127.0.0.1', port: toPort, method: incoming.method, path: incoming.url, headers: passed(incoming), agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    outgoing.on('error', () => notThere(response));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
}

function notThere(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(502, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end('{"code":"SERVER_UNAVAILABLE","message":"The server behind this address does not answer."}');
}

/** The upgrade goes through byte for byte; both ends live and die together. */
function passUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, toPort: number): void {
  const inner: Socket = connect(toPort, '127.0.0.1', () => {
    const headers = { ...passed(incoming), connection: 'Upgrade', upgrade: incoming.headers.upgrade ?? 'websocket' };
    const lines = Object.entries(headers).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one ?? ''}`));
    inner.write(`${incoming.method ?? 'GET'} ${incoming.url ?? '/'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    inner.write(head);
    inner.pipe(socket).pipe(inner);
  });
  inner.on('error', () => socket.destroy());
  socket.on('error', () => inner.destroy());
  inner.on('close', () => socket.destroy());
  socket.on('close', () => inner.destroy());
}

function passed(incoming: IncomingMessage): IncomingHttpHeaders {
  return { ...withoutHops(incoming.headers), 'x-forwarded-for': incoming.socket.remoteAddress ?? '', 'x-forwarded-proto': 'https' };
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED.has(name)));
}
