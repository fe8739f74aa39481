import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that keep us waiting: for a request, or for the rest of one. More than these and the oldest goes. */
const MOST_WAITING = 1_000;

/**
 * Whoever opens connections and says nothing, or a byte a second, takes the place of others of its kind and nobody else's
 * (threats T09): a connection waits from its beginning until a whole request came, and again when that was answered.
 * An honest one sends its request in one round trip; one that idles is opened again by its browser.
 */
export function limitWaitingSockets(server: Server, most = MOST_WAITING): void {
  const waiting = new Set<Socket>();
  const waits = (socket: Socket): void => {
    waiting.delete(socket);
    waiting.add(socket);
    for (const oldest of waiting) {
      if (waiting.size <= most) break;
      waiting.delete(oldest);
      oldest.destroy();
    }
  };
  server.on('connection', (socket: Socket) => {
    waits(socket);
    socket.on('close', () => waiting.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { headers, socket } = request;
    // Nothing more is to come of it: who reads slowly is served slowly.
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) waiting.delete(socket);
    // A body that nobody reads ends only after its answer: then the connection waits for the next request already.
    request.on('end', () => {
      if (!response.writableFinished) waiting.delete(socket);
    });
    response.on('close', () => {
      if (!socket.destroyed) waits(socket);
    });
  });
  server.on('upgrade', ({ socket }: IncomingMessage) => waiting.delete(socket));
}
