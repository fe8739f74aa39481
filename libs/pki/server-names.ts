import { isIP } from 'node:net';
import { PkiError } from './pki-error';

export type ServerNames = { readonly dns: readonly string[]; readonly ip: readonly string[] };

const MAX_NAMES = 32;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** Refuses an empty or long list, wildcards, capitals, and anything that is not a plain host name or address. */
export function checkServerNames({ dns, ip }: ServerNames): void {
  const count = dns.length + ip.length;
  if (count === 0 || count > MAX_NAMES) throw new PkiError('PKI_NAME_REFUSED', `A server certificate names 1 to ${MAX_NAMES} hosts.`);
  const wrong = [
    ...dns.filter((name) => name.length > 253 || !HOST_NAME.test(name) || isIP(name) !== 0),
    ...ip.filter((address) => isIP(address) === 0 || address.includes('%')),
  ];
  if (wrong.length > 0) throw new PkiError('PKI_NAME_REFUSED', `Not a host name or address: ${wrong.map((name) => JSON.stringify(name)).join(', ')}.`);
}
