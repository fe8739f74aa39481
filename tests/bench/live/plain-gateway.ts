import { createServer } from 'node:http';
import { createSystemClock } from '../../../apps/gateway/src/clock';
import { readConfig } from '../../../apps/gateway/src/config';
import { Gateway } from '../../../apps/gateway/src/gateway';
import { DEVICE_HTTP } from '../../../apps/gateway/src/socket/device-server';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };

/** The gateway as it is, over plain TCP: what TLS costs is no part of what a fan-out costs, and its peers run without. */
async function main(): Promise<void> {
  const gateway = new Gateway(readConfig(), createSystemClock(), log, () => createServer(DEVICE_HTTP));
  gateway.metrics.withProcessFigures();
  const port = await gateway.start();
  process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`);
}

void main();
