import { createServer, type Server, type Socket } from 'node:net';
import { LIMITS } from '#libs/contracts';
import { listenPrivately } from '../control/own-socket';
import type { Log } from '../log';

const LENGTH_BYTES = 4;

/**
 * `live.sock`: u32 length, block, and so on, on one connection from the platform of the same machine; a newer connection
 * ends the older one. Whatever is no block of an open stream ends the connection: the platform has lost its place and begins
 * anew. Mode 0600 in a folder of mode 0700; call `listen` once `gateway.sock` is ours.
 */
export class LiveServer {
  private readonly server: Server;
  private current: Socket | undefined;

  /** `take` answers the code of what is wrong with a block, or undefined. It may keep the bytes. */
  constructor(private readonly socketPath: string, private readonly take: (block: Buffer) => string | undefined, private readonly log: Log) {
    this.server = createServer((socket) => this.read(socket));
  }

  listen(): Promise<void> {
    return listenPrivately(this.server, this.socketPath);
  }

  async close(): Promise<void> {
    this.current?.destroy();
    if (this.server.listening) await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private read(socket: Socket): void {
    this.current?.destroy();
    this.current = socket;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (socket.destroyed) return;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= LENGTH_BYTES) {
        const length = rest.readUInt32BE(0);
        const end = LENGTH_BYTES + length;
        if (length <= LIMITS.liveBlockBytes && rest.length < end) return;
        const fault = length > LIMITS.liveBlockBytes ? 'LIVE_LENGTH' : this.take(rest.subarray(LENGTH_BYTES, end));
        if (fault !== undefined) {
          this.log.warn({ code: fault }, 'the platform sent what is no block of a living voice under way: its connection ends');
          socket.destroy();
          return;
        }
        rest = rest.subarray(end);
      }
    });
  }
}
