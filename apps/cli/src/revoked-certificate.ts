import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestSchema, terminalViewSchema, type Digest } from '#libs/contracts';
import { certificateFingerprint } from '#libs/pki';
import { z } from 'zod';
import { CliError, EXIT } from './cli-error';
import type { Context } from './command';

/** A certificate as an officer names it, and what taking it out of use does. */
export interface CertificateToRevoke {
  readonly fingerprint: Digest;
  /** What the officer has to know before signing. */
  readonly says: readonly string[];
}

/**
 * A fingerprint (64 hexadecimal digits, colons allowed) or a PEM file, held against the certificates that lie on this
 * machine. Refuses CERTIFICATE_UNKNOWN, and AUTHORITY_PINNED for the authority's own: a list never takes that one out.
 */
export async function certificateToRevoke(named: string, context: Context): Promise<CertificateToRevoke> {
  const { fingerprint, isAuthority } = readNamed(named);
  const pki = join(context.config.dataDir, 'pki');
  const here = (name: string): boolean => existsSync(join(pki, name)) && certificateFingerprint(readFileSync(join(pki, name), 'utf8')) === fingerprint;
  const terminals = (await context.api.get('/api/terminals', z.array(terminalViewSchema))).filter(({ state }) => state === 'enrolled' || state === 'assigned').length;
  if (isAuthority || here('ca.pem')) throw new CliError('AUTHORITY_PINNED', 'This is the authority that vouches for the servers. Terminals have it pinned, and no list takes it out: give each a ca.pem without it (docs/adr/0019) / 这是证书机构本身，须逐台更换 ca.pem', EXIT.refused);
  return { fingerprint, says: [`certificate ${fingerprint}: whoever is linked to a server that shows it leaves it at once, and nobody links to it again`, effect()] };

  function effect(): string {
    if (!here('server.pem')) return existsSync(join(pki, 'server.pem')) ? 'it is not the certificate of the server on this machine: those linked to that one stay' : `whether a server uses it cannot be seen from this machine (${pki} holds none): if one does, it makes another where it has the authority's key`;
    if (existsSync(join(pki, 'ca-key.pem'))) return `it is the certificate of the server on this machine: that makes another at once, and the ${terminals} terminals come back to it within seconds`;
    return `WARNING: it is the certificate of the server on this machine, and ca-key.pem is not here: ${terminals} terminals stay away until it has another / 警告：终端将断开`;
  }
}

function readNamed(named: string): { readonly fingerprint: Digest; readonly isAuthority: boolean } {
  const digits = digestSchema.safeParse(named.replaceAll(':', '').toLowerCase());
  if (digits.success) return { fingerprint: digits.data, isAuthority: false };
  try {
    const pem = readFileSync(named, 'utf8');
    return { fingerprint: digestSchema.parse(certificateFingerprint(pem)), isAuthority: new X509Certificate(pem).ca };
  } catch {
    throw new CliError('CERTIFICATE_UNKNOWN', `"${named}" is neither the fingerprint of a certificate (SHA-256, 64 hexadecimal digits) nor a file that holds one`, EXIT.usage);
  }
}
