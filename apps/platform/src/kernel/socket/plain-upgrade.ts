import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** What asks for the other protocol, and what is said of it (RFC 9110 7.8). */
const ASKS = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * Requests that ask to go on in a protocol we do not speak are answered as if they had not asked (RFC 9110 7.8): Java's
 * HttpClient sends "Upgrade: h2c" with every first request over plain http. Node 20 hands every upgrade to the listeners of
 * 'upgrade' as soon as one is there; what is not `ours` is therefore given back to the server as the bytes it
 * came in, without the wish. One answer, then the connection closes, so that nothing can stand behind such a request.
 */
export function answerOtherUpgrades(server: Server, ours: (url: string) => boolean): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, body: Buffer) => {
    if (ours(request.url ?? '')) return;
    socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), body]));
    server.emit('connection', socket);
  });
}

function headOf({ method = 'GET', url = '/', httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!ASKS.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`);
  }
  return [...lines, 'Connection: close', '', ''].join('\r\n');
}
