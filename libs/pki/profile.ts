import { X509Certificate, createHash, type KeyObject } from 'node:crypto';
import { PkiError } from './pki-error';

/** What a certificate must read back as. */
export type ExpectedProfile = {
  readonly issuer: X509Certificate;
  readonly publicKey: KeyObject;
  readonly serialHex: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly ca: boolean;
  /** `DNS:a, IP Address:b`, as OpenSSL writes it; undefined for a CA. */
  readonly subjectAltName: string | undefined;
};

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** DER of `OID, critical TRUE, OCTET STRING, value` (RFC 5280 4.2.1.3, 4.2.1.9). */
const BASIC_CONSTRAINTS_END = '0603551d130101ff04023000';
const BASIC_CONSTRAINTS_CA = '0603551d130101ff040830060101ff020100';
const KEY_USAGE_SERVER = '0603551d0f0101ff0404030205a0';
const KEY_USAGE_CA = '0603551d0f0101ff040403020106';
const SHA256_WITH_RSA = '06092a864886f70d01010b';

/** Reads a certificate we just made with OpenSSL and compares every promise; throws PKI_PROFILE_BROKEN naming all that differ. */
export function checkIssued(certPem: string, expected: ExpectedProfile): void {
  const certificate = new X509Certificate(certPem);
  const der = certificate.raw.toString('hex');
  const usages = expected.ca ? [] : [SERVER_AUTH];
  const checks: readonly (readonly [what: string, holds: boolean])[] = [
    ['issuer', certificate.checkIssued(expected.issuer)],
    ['signature', certificate.verify(expected.issuer.publicKey)],
    ['signature algorithm', der.split(SHA256_WITH_RSA).length === 3],
    ['public key', certificate.publicKey.equals(expected.publicKey)],
    ['serial', certificate.serialNumber.toLowerCase() === expected.serialHex],
    ['notBefore', new Date(certificate.validFrom).getTime() === expected.notBefore.getTime()],
    ['notAfter', new Date(certificate.validTo).getTime() === expected.notAfter.getTime()],
    ['ca flag', certificate.ca === expected.ca],
    ['basicConstraints', der.includes(expected.ca ? BASIC_CONSTRAINTS_CA : BASIC_CONSTRAINTS_END)],
    ['keyUsage', der.includes(expected.ca ? KEY_USAGE_CA : KEY_USAGE_SERVER)],
    ['extendedKeyUsage', JSON.stringify(certificate.keyUsage ?? []) === JSON.stringify(usages)],
    ['subjectAltName', certificate.subjectAltName === expected.subjectAltName],
  ];
  const broken = checks.filter(([, holds]) => !holds).map(([what]) => what);
  if (broken.length > 0) throw new PkiError('PKI_PROFILE_BROKEN', `The certificate does not read back as ordered: ${broken.join(', ')}.`);
}

/** SHA-256 of the certificate's DER, 64 lower-case hex digits: how a certificate is named, pinned and revoked here. */
export function certificateFingerprint(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}
