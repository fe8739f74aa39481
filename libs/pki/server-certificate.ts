import { X509Certificate } from 'node:crypto';
import { caName, type DistrictCa } from './district-ca';
import { buildCertificate, keyIdentifier, serialHex } from './forge-certificate';
import { PkiError } from './pki-error';
import { checkIssued } from './profile';
import { readRsaPublicKey } from './rsa-keys';
import { checkServerNames, type ServerNames } from './server-names';
import { validityFrom } from './validity';

export type ServerCertificateOrder = {
  readonly ca: DistrictCa;
  readonly names: ServerNames;
  /** SPKI of the server's RSA key; the private half stays where it was made. */
  readonly publicKeyPem: string;
  /** Unix milliseconds. */
  readonly now: number;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
};

const LEAF_DAYS = 90;

/**
 * Issues a TLS server certificate: 90 days but never longer than the CA, serverAuth only, names as given.
 * Read back by OpenSSL before it is handed out. About 0.2 s of CPU. Throws PkiError.
 */
export function issueServerCertificate(order: ServerCertificateOrder): string {
  checkServerNames(order.names);
  const publicKey = readRsaPublicKey(order.publicKeyPem);
  const issuer = new X509Certificate(order.ca.certPem);
  const caEnd = new Date(issuer.validTo);
  if (order.now < Date.parse(issuer.validFrom) || order.now >= caEnd.getTime()) throw new PkiError('PKI_CA_NOT_VALID', 'The district CA is not valid at this time.');
  const { notBefore, notAfter: wanted } = validityFrom(order.now, LEAF_DAYS);
  const notAfter = wanted < caEnd ? wanted : caEnd;
  const { dns, ip } = order.names;
  const certPem = buildCertificate(
    {
      subject: { commonName: 'Clarion server', organization: order.ca.districtId },
      issuer: caName(order.ca.districtId),
      publicKey,
      serial: order.serial,
      notBefore,
      notAfter,
      extensions: [
        { name: 'basicConstraints', critical: true, cA: false },
        { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: [...dns.map((value) => ({ type: 2, value })), ...ip.map((address) => ({ type: 7, ip: address }))] },
        { name: 'subjectKeyIdentifier' },
        { name: 'authorityKeyIdentifier', keyIdentifier: keyIdentifier(issuer.publicKey) },
      ],
    },
    order.ca.keyPem,
  );
  const subjectAltName = [...dns.map((name) => `DNS:${name}`), ...ip.map((address) => `IP Address:${opensslAddress(address)}`)].join(', ');
  checkIssued(certPem, { issuer, publicKey, serialHex: serialHex(order.serial), notBefore, notAfter, ca: false, subjectAltName });
  return certPem;
}

/** IPv4 as it is; IPv6 the way OpenSSL prints it: eight groups, capitals, no leading zeros, nothing shortened. */
function opensslAddress(address: string): string {
  if (!address.includes(':')) return address;
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = groups.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].join(':').toUpperCase();
}
