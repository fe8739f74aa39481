import { X509Certificate } from 'node:crypto';
import { buildCertificate, serialHex, type Name } from './forge-certificate';
import { PkiError } from './pki-error';
import { certificateFingerprint, checkIssued } from './profile';
import { generateRsaKey, readRsaPublicKey } from './rsa-keys';
import { validityFrom } from './validity';

export type DistrictCa = {
  readonly districtId: string;
  readonly certPem: string;
  /** PKCS#8, not encrypted: belongs into CLARION_KEYS, never into the database. */
  readonly keyPem: string;
  /** What terminals pin: see certificateFingerprint. */
  readonly fingerprint256: string;
};

export type DistrictCaOrder = {
  readonly districtId: string;
  /** Unix milliseconds. */
  readonly now: number;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
};

/** Five years. */
const CA_DAYS = 5 * 365;
const CA_KEY_BITS = 3072;

/**
 * Makes the district's own CA: RSA-3072, pathLen 0, five years. It vouches for servers in TLS and for nothing else:
 * no message gains authority from a certificate.
 */
export async function createDistrictCa(order: DistrictCaOrder): Promise<DistrictCa> {
  const name = caName(order.districtId);
  const { publicKeyPem, privateKeyPem } = await generateRsaKey(CA_KEY_BITS);
  const publicKey = readRsaPublicKey(publicKeyPem);
  const { notBefore, notAfter } = validityFrom(order.now, CA_DAYS);
  const extensions = [
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ];
  const certPem = buildCertificate({ subject: name, issuer: name, publicKey, serial: order.serial, notBefore, notAfter, extensions }, privateKeyPem);
  const issuer = new X509Certificate(certPem);
  checkIssued(certPem, { issuer, publicKey, serialHex: serialHex(order.serial), notBefore, notAfter, ca: true, subjectAltName: undefined });
  return { districtId: order.districtId, certPem, keyPem: privateKeyPem, fingerprint256: certificateFingerprint(certPem) };
}

/** The CA's name in its own and in issued certificates. Refuses ids that are not plain letters, digits, dot, dash and underscore. */
export function caName(districtId: string): Name {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(districtId)) throw new PkiError('PKI_NAME_REFUSED', 'A district id is up to 64 letters, digits, dots, dashes and underscores.');
  return { commonName: 'Clarion District CA', organization: districtId };
}
