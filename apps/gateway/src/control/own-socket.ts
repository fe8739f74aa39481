import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:net';

/** Listens on a Unix socket that only the server's own user may open (0600), in the place of a file that was left there. */
export async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
}
