import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../../../platform/src/kernel/log';
import { readConfig } from '../config';
import { lanAddresses } from './addresses';
import { IdentityFiles } from './identity-files';
import { LanListeners } from './listeners';

const LOOK_MS = 5_000;
const WAIT_MS = 200;

/**
 * `--lan`: what phones on the same network reach, in a process of its own that holds no key but the server's TLS key.
 * One line {"ready":true,...} on stdout; SIGTERM ends it. Follows the machine's addresses and the certificate files.
 */
async function main(): Promise<void> {
  const { platform, lanAddresses: only } = readConfig();
  const log = createLog('lan', platform.logLevel);
  process.on('unhandledRejection', (cause) => log.error('lan.fault', {}, cause));
  const files = new IdentityFiles(path.join(platform.dataDir, 'pki'));
  // The gateway makes the certificate at its first start.
  let identity = files.take();
  for (; identity === undefined; identity = files.take()) await pause(WAIT_MS);
  const listeners = new LanListeners(platform.ports, identity, platform.demo, (address, cause) => log.error('lan.address-refused', { address }, cause));
  const addresses = (): readonly string[] => only ?? lanAddresses();
  await listeners.follow(addresses());
  setInterval(() => {
    const renewed = files.take();
    if (renewed !== undefined) {
      listeners.renew(renewed);
      log.info('lan.certificate-renewed', {});
    }
    void listeners.follow(addresses());
  }, LOOK_MS);
  const end = (): void => {
    listeners.close();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'lan', addresses: listeners.addresses, pid: process.pid })}\n`);
}

main().catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'lan', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
