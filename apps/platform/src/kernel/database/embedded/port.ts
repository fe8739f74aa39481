import { createServer } from 'node:net';
import { operationalError } from '../../errors';

/** Below 32768, where systems hand out numbers for outgoing connections. */
const FIRST = 20000;
const COUNT = 10000;

/** Whether 127.0.0.1:port can be listened on now. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A free port of 20000-29999, tried from a random start. Refuses with PG_NO_PORT. */
export async function chooseFreePort(random: (count: number) => Uint8Array): Promise<number> {
  const [high = 0, low = 0] = random(2);
  const start = high * 256 + low;
  for (let step = 0; step < 200; step += 1) {
    const port = FIRST + ((start + step * 37) % COUNT);
    if (await portIsFree(port)) return port;
  }
  throw operationalError('PG_NO_PORT', 'No free port between 20000 and 29999 was found for PostgreSQL.');
}
