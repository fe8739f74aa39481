import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Config } from '../config';
import { allowedCallers, callerRefusal, type AllowedCallers } from '../http';
import { CONFIG } from '../tokens';

/** One WebSocket of our own beside Socket.IO's. */
export interface PlainDoor {
  readonly path: string;
  /** Whoever does not ask for it is refused. */
  readonly subprotocol: string;
  /** A longer frame ends its connection. */
  readonly frameBytes: number;
  /** Connections at once; one more takes the place of the oldest that may make room, or is refused. */
  readonly most: number;
}

/** Somebody who came in. */
export interface PlainGuest {
  /** He has not said yet who he is, or only waits: holding a place costs him nothing. */
  readonly mayMakeRoom: boolean;
}

/** As of a change: what a page of another origin reads here it could not read anywhere else. */
export function mayUpgrade({ headers }: Pick<IncomingMessage, 'headers'>, allowed: AllowedCallers): boolean {
  return (headers.origin === undefined || allowed.origins.has(headers.origin)) && callerRefusal({ method: 'POST', headers }, allowed) === undefined;
}

/**
 * WebSockets without Socket.IO's framing, on the API server's own port: known names and listed origins only, no compression,
 * limits set once. Who may come in is asked behind the door. What is refused gets an HTTP answer and no socket.
 */
@Injectable()
export class PlainSockets implements BeforeApplicationShutdown {
  private readonly doors = new Map<string, WebSocketServer>();
  private readonly allowed: AllowedCallers;

  constructor(private readonly host: HttpAdapterHost, @Inject(CONFIG) config: Pick<Config, 'origins' | 'bind'>) {
    this.allowed = allowedCallers(config);
  }

  /** Whether an upgrade of this address is ours. */
  serves(url: string): boolean {
    return this.doors.has(pathOf(url));
  }

  open({ path, subprotocol, frameBytes, most }: PlainDoor, welcome: (socket: WebSocket) => PlainGuest): void {
    const guests = new Map<WebSocket, PlainGuest>();
    const door = new WebSocketServer({ noServer: true, maxPayload: frameBytes, perMessageDeflate: false, handleProtocols: () => subprotocol });
    this.doors.set(path, door);
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (pathOf(request.url ?? '') !== path) return;
      socket.on('error', () => socket.destroy());
      if (!mayUpgrade(request, this.allowed)) return refuse(socket, '403 Forbidden');
      if (!asksFor(request, subprotocol)) return refuse(socket, '400 Bad Request');
      if (guests.size >= most && !makeRoom(guests)) return refuse(socket, '503 Service Unavailable');
      door.handleUpgrade(request, socket, head, (client) => {
        client.on('close', () => guests.delete(client));
        guests.set(client, welcome(client));
      });
    });
  }

  beforeApplicationShutdown(): void {
    for (const door of this.doors.values()) {
      for (const client of door.clients) client.terminate();
      door.close();
    }
  }
}

/** Sends the oldest away of those who may be; false when there is none. */
function makeRoom(guests: Map<WebSocket, PlainGuest>): boolean {
  for (const [client, { mayMakeRoom }] of guests) {
    if (!mayMakeRoom) continue;
    guests.delete(client);
    client.terminate();
    return true;
  }
  return false;
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? '';
}

function asksFor({ headers }: IncomingMessage, subprotocol: string): boolean {
  return (headers['sec-websocket-protocol'] ?? '').split(',').some((one) => one.trim() === subprotocol);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
