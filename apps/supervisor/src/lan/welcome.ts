import { readFileSync } from 'node:fs';
import path from 'node:path';
import { toString as qrText } from 'qrcode';
import { certificateFingerprint } from '#libs/pki';
import type { SupervisorConfig } from '../config';
import { lanAddresses } from './addresses';
import { readableFingerprint } from './install-page';

/** What a person at the server's screen needs to bring a phone in: address, QR code, and the fingerprint to compare. */
export async function lanWelcome({ platform, lanAddresses: only }: SupervisorConfig): Promise<readonly string[]> {
  const addresses = only ?? lanAddresses();
  const { ports } = platform;
  const [first] = addresses;
  if (first === undefined) return ['', '  Network     this machine has no address on a network: --lan has nothing to listen on (it looks again every 10 s)'];
  const install = `http://${first}:${ports.console}/install`;
  const print = readableFingerprint(certificateFingerprint(readFileSync(path.join(platform.dataDir, 'pki', 'ca.pem'), 'utf8')));
  return [
    '',
    ...addresses.map((address, at) => `  ${at === 0 ? 'Phones ' : '       '}     https://${address}:${ports.consoleTls}`),
    `  Signing     https://${first}:${ports.sign}`,
    `  First       ${install}   手机先扫码装证书 (install the certificate first)`,
    ...(await qrText(install, { type: 'terminal', small: true, errorCorrectionLevel: 'L' })).trimEnd().split('\n').map((line) => `              ${line}`),
    `  Compare     ${print[0] ?? ''}`,
    `  指纹         ${print[1] ?? ''}`,
    `  Terminals   https://${first}:${ports.devices}   STOP over TLS ${ports.stop}; open in the firewall: ${ports.console}, ${ports.consoleTls}, ${ports.sign}, ${ports.devices}, ${ports.stop}`,
  ];
}
