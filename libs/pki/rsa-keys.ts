import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { PkiError } from './pki-error';

export type RsaKeyPair = {
  /** SPKI. */
  readonly publicKeyPem: string;
  /** PKCS#8, not encrypted: the caller keeps it safe. */
  readonly privateKeyPem: string;
};

const generate = promisify(generateKeyPair);

/** A fresh RSA key by OpenSSL, off the event loop. 2048 bit for servers, 3072 for a CA. */
export async function generateRsaKey(bits: 2048 | 3072): Promise<RsaKeyPair> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: bits, publicExponent: 65537 });
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The key behind an SPKI PEM, read by OpenSSL. Refuses all but RSA of 2048 to 4096 bit with exponent 65537. */
export function readRsaPublicKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new PkiError('PKI_KEY_REFUSED', 'This is not a public key.', { cause });
  }
  const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa' || modulusLength < 2048 || modulusLength > 4096 || publicExponent !== 65537n) {
    throw new PkiError('PKI_KEY_REFUSED', 'A certificate is issued only for RSA of 2048 to 4096 bit with exponent 65537.');
  }
  return key;
}
