import { isIP } from 'node:net';
import os from 'node:os';

/** The machine's own IPv4 addresses on a network, without the loopback and without those that a link gave itself (169.254). */
export function lanAddresses(interfaces: NodeJS.Dict<os.NetworkInterfaceInfo[]> = os.networkInterfaces()): readonly string[] {
  return Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    .map(({ address }) => address);
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** Names under which phones may find this machine: its own, and that of multicast DNS. Empty when it has none that a certificate can carry. */
export function lanNames(hostname: string = os.hostname()): readonly string[] {
  const name = hostname.toLowerCase();
  if (!HOST_NAME.test(name) || isIP(name) !== 0 || name === 'localhost') return [];
  return name.includes('.') ? [name] : [name, `${name}.local`];
}
