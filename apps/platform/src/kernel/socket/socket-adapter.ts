import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions, Socket } from 'socket.io';
import type { AllowedCallers } from '../http';
import type { Log } from '../log';
import { mayUpgrade, type PlainSockets } from './plain-sockets';
import { answerOtherUpgrades } from './plain-upgrade';

/** Says who holds this token; null when nobody does. Given by features/access. */
export type SocketAuthenticator = (token: string) => Promise<object | null>;

export interface SocketAdapterOptions {
  /** Names we answer under, and origins of pages that may connect; a caller without an Origin header is no browser and is judged by its token. */
  readonly allowed: AllowedCallers;
  readonly authenticate: SocketAuthenticator;
  readonly log: Log;
  /** Upgrades besides Socket.IO's that somebody here takes. */
  readonly others?: Pick<PlainSockets, 'serves'>;
}

const LIMITS = { messageBytes: 65_536, handshakeMs: 5_000 };

/** The principal the authenticator found, from the socket of an event. */
export function principalOf(socket: Socket): unknown {
  return Reflect.get(socket.data, 'principal');
}

/**
 * The one home of the Socket.IO server: WebSocket only, listed origins only, and in every namespace nobody without a
 * token in the handshake (`auth: { token }`). A refusal is `connect_error` with the code as its message.
 */
export class SocketAdapter extends IoAdapter {
  constructor(
    app: INestApplicationContext,
    private readonly options: SocketAdapterOptions,
  ) {
    super(app);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { allowed } = this.options;
    const server: Server = super.createIOServer(port, {
      ...options,
      serveClient: false,
      transports: ['websocket'],
      destroyUpgrade: false,
      perMessageDeflate: false,
      maxHttpBufferSize: LIMITS.messageBytes,
      connectTimeout: LIMITS.handshakeMs,
      allowRequest: (request: IncomingMessage, decide: (problem: string | null, allow: boolean) => void) => decide(null, mayUpgrade(request, allowed)),
    });
    answerOtherUpgrades(this.httpServer, (url) => url.startsWith(`${server.path()}/`) || this.options.others?.serves(url) === true);
    server.use((socket, next) => void this.admit(socket, next));
    // A namespace made later gets the same door.
    server.on('new_namespace', (namespace) => namespace.use((socket, next) => void this.admit(socket, next)));
    return server;
  }

  private async admit(socket: Socket, next: (problem?: Error) => void): Promise<void> {
    const token: unknown = Reflect.get(socket.handshake.auth, 'token');
    try {
      const principal = typeof token === 'string' && token.length <= 4_096 ? await this.options.authenticate(token) : null;
      if (principal === null) return next(new Error('UNAUTHENTICATED'));
      Reflect.set(socket.data, 'principal', principal);
      next();
    } catch (cause) {
      this.options.log.warn('socket.authenticate-failed', {}, cause);
      next(new Error('UNAVAILABLE'));
    }
  }
}
