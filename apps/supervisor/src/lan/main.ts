import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../../../platform/src/kernel/log';
import { readConfig } from '../config';
import { lanAddresses } from './addresses';
import { LanListeners, type LanIdentity } from './listeners';

const LOOK_MS = 5_000;
const WAIT_MS = 200;
const FILES = ['ca.pem', 'server.pem', 'server-key.pem'] as const;

/**
 * `--lan`: what phones on the same network reach, in a process of its own that holds no key but the server's TLS key.
 * One line {"ready":true,...} on stdout; SIGTERM ends it. Follows the machine's addresses.
 */
async function main(): Promise<void> {
  const { platform, lanAddresses: only } = readConfig();
  const log = createLog('lan', platform.logLevel);
  process.on('unhandledRejection', (cause) => log.error('lan.fault', {}, cause));
  const pki = path.join(platform.dataDir, 'pki');
  // The gateway makes the certificate at its first start.
  while (!usable(pki)) await pause(WAIT_MS);
  const listeners = new LanListeners(platform.ports, identityIn(pki), platform.demo, (address, cause) => log.error('lan.address-refused', { address }, cause));
  const addresses = (): readonly string[] => only ?? lanAddresses();
  await listeners.follow(addresses());
  let seen = changedAt(pki);
  setInterval(() => {
    if (changedAt(pki) !== seen && usable(pki)) {
      seen = changedAt(pki);
      listeners.renew(identityIn(pki));
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

/** All there, and key and certificate belong together: the gateway writes one after the other. */
function usable(pki: string): boolean {
  if (!FILES.every((name) => existsSync(path.join(pki, name)))) return false;
  try {
    const { cert, key } = identityIn(pki);
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function identityIn(pki: string): LanIdentity {
  const read = (name: (typeof FILES)[number]): string => readFileSync(path.join(pki, name), 'utf8');
  return { caPem: read('ca.pem'), cert: read('server.pem'), key: read('server-key.pem') };
}

function changedAt(pki: string): string {
  return FILES.map((name) => statSync(path.join(pki, name), { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ');
}

main().catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'lan', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
