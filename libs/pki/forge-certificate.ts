import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { PkiError } from './pki-error';

/** What goes into a certificate; the extensions as node-forge names them. */
export type CertificateOrder = {
  readonly subject: Name;
  readonly issuer: Name;
  readonly publicKey: KeyObject;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly object[];
};

export type Name = { readonly commonName: string; readonly organization: string };

const { BigInteger } = forge.jsbn;

/**
 * Builds and signs a certificate with SHA-256 and RSA. node-forge only writes here: keys reach it as numbers from OpenSSL,
 * so it never parses a byte, and nothing it makes is trusted before OpenSSL has read it back.
 */
export function buildCertificate(order: CertificateOrder, signingKeyPem: string): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicNumbers(order.publicKey);
  certificate.serialNumber = serialHex(order.serial);
  certificate.validity.notBefore = order.notBefore;
  certificate.validity.notAfter = order.notAfter;
  certificate.setSubject(fields(order.subject));
  certificate.setIssuer(fields(order.issuer));
  certificate.setExtensions([...order.extensions]);
  certificate.sign(privateNumbers(signingKeyPem), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

/** The key identifier forge writes into subjectKeyIdentifier: SHA-1 of the public key (RFC 5280 4.2.1.2 method 1), as a byte string. */
export function keyIdentifier(publicKey: KeyObject): string {
  return forge.pki.getPublicKeyFingerprint(publicNumbers(publicKey), { type: 'RSAPublicKey' }).getBytes();
}

/** Positive and without a leading zero in DER (RFC 5280 4.1.2.2): the top bit is cleared, the next one set. */
export function serialHex(serial: Uint8Array): string {
  if (serial.length !== 16) throw new PkiError('PKI_SERIAL_REFUSED', 'A serial number is 16 random bytes.');
  const [first = 0, ...rest] = serial;
  return Buffer.from([(first & 0x7f) | 0x40, ...rest]).toString('hex');
}

function fields({ commonName, organization }: Name): forge.pki.CertificateField[] {
  const attributes: forge.pki.CertificateField[] = [
    { name: 'organizationName', value: organization },
    { name: 'commonName', value: commonName },
  ];
  // UTF8String; the typings ask for a class where the library wants a type.
  attributes.forEach((attribute) => Object.assign(attribute, { valueTagClass: forge.asn1.Type.UTF8 }));
  return attributes;
}

function publicNumbers(key: KeyObject): forge.pki.rsa.PublicKey {
  const { n, e } = key.export({ format: 'jwk' });
  return forge.pki.rsa.setPublicKey(number(n), number(e));
}

function privateNumbers(pem: string): forge.pki.rsa.PrivateKey {
  const { n, e, d, p, q, dp, dq, qi } = createPrivateKey(pem).export({ format: 'jwk' });
  return forge.pki.rsa.setPrivateKey(number(n), number(e), number(d), number(p), number(q), number(dp), number(dq), number(qi));
}

function number(base64url: string | undefined): forge.jsbn.BigInteger {
  if (base64url === undefined) throw new PkiError('PKI_KEY_REFUSED', 'This is not an RSA key.');
  return new BigInteger(Buffer.from(base64url, 'base64url').toString('hex'), 16);
}
