import pino from 'pino';
import { loadBundle } from './bundle';
import { readConfig } from './config';
import { createSignServer } from './server';

/**
 * Serves the signing pages on an origin of their own: one line {"ready":true,...} with the build's hash on stdout when they
 * can be opened; SIGTERM ends it. It holds no key, knows no person and speaks to nobody.
 */
async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ name: 'sign', level: config.logLevel });
  process.on('unhandledRejection', (err) => log.error({ code: 'FAULT', err }, 'a fault that nobody waited for'));
  const bundle = loadBundle(config.folder);
  const server = createSignServer(bundle, config);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.bind, resolve);
  });
  const end = (): void => {
    server.closeAllConnections();
    server.close(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'sign', port: config.port, build: bundle.build.hash, pid: process.pid })}\n`);
}

main().catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'sign', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
