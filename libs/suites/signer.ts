import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { toBase64 } from '#libs/envelope';
import { keyIdOf, type KeyRecord, type SoftwareAlg, type SoftwareKeyRecord } from './key-record';
import type { SoftwareSuite } from './suite';
import { SuiteError } from './suite-error';
import { softwareSuiteOf } from './suites';

/** Whoever can sign for a key: a key file, a token, a key service. The private key itself may be out of reach. */
export interface Signer {
  readonly key: KeyRecord;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** `pkcs8` is the unencrypted DER: seal it (`sealKeyFile`) before it touches a disk. */
export type GeneratedKey = { readonly key: SoftwareKeyRecord; readonly pkcs8: Uint8Array; readonly signer: SoftwareSigner };

/** A signer whose private half this program holds. */
export interface SoftwareSigner extends Signer {
  readonly key: SoftwareKeyRecord;
}

/** Throws `suite-private-key` unless `der` is a PKCS#8 private key of exactly this algorithm. */
export function signerFromPkcs8(alg: SoftwareAlg, der: Uint8Array): SoftwareSigner {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new SuiteError('suite-private-key', 'the bytes are not a PKCS#8 private key', cause);
  }
  return signerOf(alg, privateKey);
}

/** A fresh key from the system's randomness. */
export async function generateKey(alg: SoftwareAlg): Promise<GeneratedKey> {
  const privateKey = await knownSuite(alg).generate();
  const signer = signerOf(alg, privateKey);
  return { key: signer.key, pkcs8: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })), signer };
}

function signerOf(alg: SoftwareAlg, privateKey: KeyObject): SoftwareSigner {
  const suite = knownSuite(alg);
  if (!suite.owns(privateKey)) throw new SuiteError('suite-private-key', `the private key is not of the suite ${alg}`);
  const spki = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  if (suite.checkSpki(spki) !== undefined) throw new SuiteError('suite-private-key', 'the public half of the key is refused');
  return {
    key: { keyId: keyIdOf(alg, spki), alg, spki: toBase64(spki) },
    sign: (bytes) => suite.sign(bytes, privateKey),
  };
}

function knownSuite(alg: SoftwareAlg): SoftwareSuite<SoftwareAlg> {
  const suite = softwareSuiteOf(alg);
  if (suite === undefined) throw new SuiteError('suite-private-key', `no suite is called ${String(alg)}`);
  return suite;
}
