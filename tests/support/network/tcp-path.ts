import { connect, createServer, type Server, type Socket } from 'node:net';
import { createMemoryPath, type MemoryPath, type Way } from './memory-path';
import type { PathProfile } from './profiles';

/** Time as the path sees it: a test moves its own, a bench takes the machine's. */
export interface PathTime {
  nowMs(): number;
  after(ms: number, run: () => void): void;
}

export const MACHINE_TIME: PathTime = { nowMs: () => performance.now(), after: (ms, run) => void setTimeout(run, ms) };

export interface TcpPathOptions {
  /** Where to listen, and where the real server listens, both on 127.0.0.1. */
  readonly port: number;
  readonly target: number;
  readonly profile: PathProfile;
  readonly seed: number;
  readonly time?: PathTime;
}

export interface TcpPath {
  /** From now on, for so long, nothing arrives that way (null: both ways) on any connection. */
  cut(way: Way | null, forMs: number): void;
  /** Breaks every connection at once, as a link that is gone. */
  drop(): void;
  close(): Promise<void>;
}

type Chunk = { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'end' };

/** A proxy on loopback between a terminal and its server: the way up is the client's. The n-th connection takes seed + 2n. */
export async function openTcpPath({ port, target, profile, seed, time = MACHINE_TIME }: TcpPathOptions): Promise<TcpPath> {
  const began = time.nowMs();
  const now = (): number => time.nowMs() - began;
  const paths = new Set<MemoryPath<Chunk>>();
  const sockets = new Set<Socket>();
  const cuts: { readonly way: Way; readonly fromMs: number; readonly forMs: number }[] = [];
  let opened = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const path = createMemoryPath<Chunk>(profile, seed + 2 * opened);
    opened += 1;
    for (const { way, fromMs, forMs } of cuts) path.cut(way, fromMs, forMs);
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const ends: Record<Way, Socket> = { up: upstream, down: client };
    paths.add(path);

    const deliver = (): void => {
      for (const way of ['up', 'down'] as const) for (const chunk of path.arrived(way, now())) give(ends[way], chunk);
    };
    const watch = (from: Socket, way: Way): void => {
      const put = (chunk: Chunk): void => {
        path.send(way, chunk, now());
        schedule();
      };
      from.setNoDelay(true);
      from.on('data', (bytes) => put({ kind: 'bytes', bytes: Buffer.from(bytes) })).on('end', () => put({ kind: 'end' }));
      from.on('error', () => undefined).on('close', () => {
        sockets.delete(from);
        if (from.errored === null && from.readableEnded) return;
        paths.delete(path);
        ends[way].destroy();
      });
      sockets.add(from);
    };
    let armedFor = Infinity;
    /** What a cut held meanwhile is asked for again when it ends. */
    const schedule = (): void => {
      const at = path.nextAt();
      if (at === undefined || at >= armedFor || !paths.has(path)) return;
      armedFor = at;
      time.after(Math.max(0, at - now()), () => {
        armedFor = Infinity;
        deliver();
        schedule();
      });
    };
    watch(client, 'up');
    watch(upstream, 'down');
  });
  await listening(server, port);

  return {
    cut: (way, forMs) => {
      for (const one of way === null ? (['up', 'down'] as const) : [way]) {
        const cut = { way: one, fromMs: now(), forMs };
        cuts.push(cut);
        for (const path of paths) path.cut(cut.way, cut.fromMs, cut.forMs);
      }
    },
    drop: () => {
      paths.clear();
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      paths.clear();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function give(socket: Socket, chunk: Chunk): void {
  if (socket.destroyed || socket.writableEnded) return;
  if (chunk.kind === 'end') socket.end();
  else socket.write(chunk.bytes);
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
