import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { certificateFingerprint, createDistrictCa, generateRsaKey, issueServerCertificate, type DistrictCa, type ServerNames } from '#libs/pki';
import type { Clock } from '../clock';
import type { Log } from '../log';
import type { TlsIdentity } from '../socket/device-server';
import type { PkiFiles } from './pki-files';

const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1_000;
const SERIAL_BYTES = 16;

export interface IdentityOrder {
  readonly files: PkiFiles;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostnames: readonly string[];
  readonly district: string;
  /** Fingerprints that terminals have stopped linking to. */
  readonly revoked: ReadonlySet<string>;
}

/**
 * The server's TLS identity from disk: made with the district CA when it is missing, made anew with less than 30 days
 * left, when a host name was added or when it was revoked. Without the CA's key a usable certificate is used as it is, and said to be ending.
 */
export async function serverIdentity(order: IdentityOrder): Promise<TlsIdentity> {
  const { files, clock, log } = order;
  const names = namesOf(order.hostnames);
  const [cert, key] = [await files.read('server.pem'), await files.read('server-key.pem')];
  const caPem = await files.read('ca.pem');
  const fault = cert === undefined || key === undefined || caPem === undefined ? 'missing' : faultOf(cert, key, caPem, names, clock.now(), order.revoked);
  if (fault === undefined && cert !== undefined && key !== undefined) return { cert, key };
  const ca = await readOrCreateCa(order, caPem);
  if (ca === undefined) {
    if (cert === undefined || key === undefined || fault !== 'ending') {
      throw new Error(`PKI_INCOMPLETE: the server certificate is ${fault ?? 'missing'} and ca-key.pem is not here to issue one`);
    }
    log.error({ code: 'TLS_ENDING', validTo: new X509Certificate(cert).validTo }, 'the server certificate ends soon and cannot be renewed here');
    return { cert, key };
  }
  return issue(order, ca, names, fault ?? 'missing');
}

async function issue(order: IdentityOrder, ca: DistrictCa, names: ServerNames, reason: string): Promise<TlsIdentity> {
  const { files, clock, log } = order;
  const pair = await generateRsaKey(2_048);
  const cert = issueServerCertificate({ ca, names, publicKeyPem: pair.publicKeyPem, now: clock.now(), serial: clock.random(SERIAL_BYTES) });
  await files.write('server-key.pem', pair.privateKeyPem);
  await files.write('server.pem', cert);
  log.info({ reason, validTo: new X509Certificate(cert).validTo }, 'server certificate issued');
  return { cert, key: pair.privateKeyPem };
}

async function readOrCreateCa(order: IdentityOrder, certPem: string | undefined): Promise<DistrictCa | undefined> {
  const { files, clock, log } = order;
  const keyPem = await files.read('ca-key.pem');
  if (certPem !== undefined) {
    if (keyPem === undefined) return undefined;
    return { districtId: organizationOf(certPem) ?? order.district, certPem, keyPem, fingerprint256: certificateFingerprint(certPem) };
  }
  const ca = await createDistrictCa({ districtId: order.district, now: clock.now(), serial: clock.random(SERIAL_BYTES) });
  // The key first: a CA certificate whose key was lost between the two writes would be of no use.
  await files.write('ca-key.pem', ca.keyPem);
  await files.write('ca.pem', ca.certPem);
  log.info({ fingerprint: ca.fingerprint256 }, 'district CA made');
  return ca;
}

/** Why a certificate is not to be used as it is; undefined when it is good. */
function faultOf(certPem: string, keyPem: string, caPem: string, names: ServerNames, now: number, revoked: ReadonlySet<string>): 'broken' | 'expired' | 'revoked' | 'ending' | 'names' | undefined {
  try {
    const cert = new X509Certificate(certPem);
    const ca = new X509Certificate(caPem);
    if (!cert.checkPrivateKey(createPrivateKey(keyPem)) || !cert.verify(ca.publicKey)) return 'broken';
    const left = new Date(cert.validTo).getTime() - now;
    if (left <= 0) return 'expired';
    if (revoked.has(certificateFingerprint(certPem))) return 'revoked';
    if (left < RENEW_BEFORE_MS) return 'ending';
    const covered = names.dns.every((name) => cert.checkHost(name) !== undefined) && names.ip.every((address) => cert.checkIP(address) !== undefined);
    return covered ? undefined : 'names';
  } catch {
    return 'broken';
  }
}

function namesOf(hostnames: readonly string[]): ServerNames {
  const unique = [...new Set(['localhost', '127.0.0.1', '::1', ...hostnames])];
  return { dns: unique.filter((name) => isIP(name) === 0), ip: unique.filter((name) => isIP(name) !== 0) };
}

function organizationOf(certPem: string): string | undefined {
  return /^O=(.+)$/m.exec(new X509Certificate(certPem).subject)?.[1];
}
