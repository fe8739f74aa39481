import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createPipe } from 'node:net';
import { Server } from 'socket.io';
import { LIMITS } from '#libs/contracts';
import { readLiveBlocks } from '#libs/envelope';

const ROOM = 'live';

/**
 * The peer made of Socket.IO: everybody in one room, each block one event to it. As kind to it as can be: WebSocket from the
 * first byte, no compression, no pings within the run, a backlog for all, nothing else in the process.
 */
function main(): void {
  const { ROOM_PORT: port, ROOM_SOCKET: pipe = '' } = process.env;
  const http = createServer();
  const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false, pingInterval: 600_000 });
  io.on('connection', (socket) => {
    socket.on('listen', () => void socket.join(ROOM));
  });
  rmSync(pipe, { force: true });
  createPipe((source) => {
    let rest: Uint8Array = Buffer.alloc(0);
    source.on('data', (chunk: Buffer) => {
      const read = readLiveBlocks(Buffer.concat([rest, chunk]), LIMITS.liveBlockBytes);
      rest = read?.rest ?? Buffer.alloc(0);
      for (const block of read?.blocks ?? []) io.to(ROOM).emit('block', block);
    });
  }).listen(pipe);
  http.listen({ port: Number(port), host: '127.0.0.1', backlog: 4_096 }, () => process.stdout.write(`${JSON.stringify({ ready: true })}\n`));
}

main();
