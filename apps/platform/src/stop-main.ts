import path from 'node:path';
import { knownAnswerGate } from '#libs/suites';
import { openServerKey, type ServerKey } from './features/access/server-key-file';
import { verifyToken } from './features/access/token';
import { GatewayClient } from './internal/gateway-client';
import { readStopFacts } from './internal/stop-facts';
import { writeStopFile } from './internal/stop-file';
import { systemClock } from './kernel/clock';
import { readConfig } from './kernel/config';
import { createLog } from './kernel/log';
import { GiveStop } from './stop/give-stop';
import { createStopServer } from './stop/stop-server';

const CLOSE_MS = 2_000;
/** Whoever pressed STOP hears within this time that no terminal was told yet. */
const GATEWAY_MS = 2_000;
/** Written by the API server at its first start; the public half verifies sessions. */
const TOKEN_KEY_FILE = 'access-token.json';

/**
 * The STOP listener: a process of its own, without Nest and without a database, so that it works when both are down.
 * One line {"ready":true,...} on stdout when it answers; SIGTERM ends it.
 */
async function main(): Promise<void> {
  knownAnswerGate();
  const config = readConfig();
  const log = createLog('stop', config.logLevel);
  process.on('unhandledRejection', (cause) => log.error('stop.fault', {}, cause));
  const gateway = new GatewayClient(config.dataDir, GATEWAY_MS);
  let tokenKey: ServerKey | undefined;
  const giveStop = new GiveStop({
    clock: systemClock,
    log,
    gateway,
    facts: () => readStopFacts(config.dataDir),
    dispatcherOf: async (platform) => (await openServerKey(path.join(config.keysDir, `${platform}.dispatcher.json`))).signer,
    keep: (id, content) => writeStopFile(config.dataDir, id, content),
  });
  const server = createStopServer({
    clock: systemClock,
    log,
    giveStop,
    origins: config.origins,
    checkToken: async (token, now) => {
      tokenKey ??= await openServerKey(path.join(config.keysDir, TOKEN_KEY_FILE));
      return verifyToken(token, tokenKey.key, now);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.ports.stop, config.bind, resolve);
  });
  const end = (): void => {
    setTimeout(() => process.exit(0), CLOSE_MS).unref();
    server.closeIdleConnections();
    server.close(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'stop', port: config.ports.stop, pid: process.pid })}\n`);
}

main().catch((cause: unknown) => {
  const reason = cause instanceof Error ? cause.message : 'unknown';
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'stop', reason })}\n`);
  process.exit(1);
});
