import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { encodePayload, fromBase64, toBase64 } from '#libs/envelope';
import { DEFAULT_COST, IV_BYTES, readKdf, readKeyFile, TAG_BYTES, type KeyFile, type KeyFileKdf } from './key-file-shape';
import { checkKeyRecord, type SoftwareKeyRecord } from './key-record';
import { signerFromPkcs8, type SoftwareSigner } from './signer';
import { SuiteError } from './suite-error';

export type { KeyFile, KeyFileKdf } from './key-file-shape';

/** The result of one scrypt. Files that share a salt (a folder of demo keys) share it, so opening them costs one. */
export type DerivedKey = { readonly kdf: KeyFileKdf; readonly key: Uint8Array };

/**
 * `key-file-passphrase`: wrong passphrase, or a byte of the file was changed; the two cannot be told apart.
 * `key-file-other-salt`: the derived key given belongs to another salt or cost.
 */
export type KeyFileRefusal = 'key-file-shape' | 'key-file-other-salt' | 'key-file-passphrase' | 'key-file-wrong-key';

export type OpenedKeyFile =
  | { readonly ok: true; readonly record: SoftwareKeyRecord; readonly signer: SoftwareSigner; readonly pkcs8: Uint8Array }
  | { readonly ok: false; readonly code: KeyFileRefusal };

const ascii = new TextEncoder();

/**
 * Parameters with a fresh 16-byte salt. `N` may be lowered to 2^14 for tests.
 * Salt and nonce come from the system here and are never passed in: a repeated nonce opens AES-GCM.
 */
export function freshKeyFileKdf(N: number = DEFAULT_COST.N): KeyFileKdf {
  return { name: 'scrypt', ...DEFAULT_COST, N, salt: toBase64(randomBytes(16)) };
}

/** Runs scrypt once, off the event loop. The passphrase is normalised to NFKC so that every keyboard gives the same bytes. */
export async function deriveKeyFileKey(passphrase: string, kdf: KeyFileKdf): Promise<DerivedKey> {
  const checked = readKdf(kdf);
  const salt = checked === undefined ? undefined : fromBase64(checked.salt);
  if (checked === undefined || salt === undefined) throw new SuiteError('suite-kdf', 'the cost or salt of a key file is out of range');
  const { N, r, p } = checked;
  const key = await new Promise<Uint8Array>((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, { N, r, p, maxmem: 256 * N * r }, (error, derived) => {
      if (error === null) resolve(new Uint8Array(derived));
      else reject(error);
    });
  });
  return { kdf: checked, key };
}

/** Encrypts a private key under a passphrase (one scrypt with a fresh salt) or an already derived key. */
export async function sealKeyFile(pkcs8: Uint8Array, record: SoftwareKeyRecord, secret: string | DerivedKey): Promise<KeyFile> {
  if (signerFromPkcs8(record.alg, pkcs8).key.keyId !== record.keyId || !checkKeyRecord(record).ok) {
    throw new SuiteError('suite-private-key', 'the private key does not belong to the record');
  }
  const { kdf, key } = typeof secret === 'string' ? await deriveKeyFileKey(secret, freshKeyFileKdf()) : secret;
  const iv = new Uint8Array(randomBytes(IV_BYTES));
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(header(record, kdf));
  const data = new Uint8Array(Buffer.concat([cipher.update(pkcs8), cipher.final()]));
  return {
    format: 'clarion-key.v1', alg: record.alg, keyId: record.keyId, spki: record.spki, kdf,
    cipher: 'aes-256-gcm', iv: toBase64(iv), tag: toBase64(new Uint8Array(cipher.getAuthTag())), data: toBase64(data),
  };
}

/** Opens a key file. `value` is its parsed JSON; refuses a file whose private key is not the one its head names. */
export async function openKeyFile(value: unknown, secret: string | DerivedKey): Promise<OpenedKeyFile> {
  const file = readKeyFile(value);
  if (file === undefined) return refuse('key-file-shape');
  const record: SoftwareKeyRecord = { keyId: file.keyId, alg: file.alg, spki: file.spki };
  if (!checkKeyRecord(record).ok) return refuse('key-file-shape');
  const derived = typeof secret === 'string' ? await deriveKeyFileKey(secret, file.kdf) : secret;
  if (!sameKdf(derived.kdf, file.kdf)) return refuse('key-file-other-salt');
  const pkcs8 = decrypt(file, record, derived.key);
  if (pkcs8 === undefined) return refuse('key-file-passphrase');
  try {
    const signer = signerFromPkcs8(file.alg, pkcs8);
    return signer.key.keyId === record.keyId ? { ok: true, record, signer, pkcs8 } : refuse('key-file-wrong-key');
  } catch (error) {
    if (error instanceof SuiteError) return refuse('key-file-wrong-key');
    throw error;
  }
}

function decrypt(file: KeyFile, record: SoftwareKeyRecord, key: Uint8Array): Uint8Array | undefined {
  const [iv, tag, data] = [fromBase64(file.iv), fromBase64(file.tag), fromBase64(file.data)];
  if (iv === undefined || tag === undefined || data === undefined) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(header(record, file.kdf));
  decipher.setAuthTag(tag);
  try {
    return new Uint8Array(Buffer.concat([decipher.update(data), decipher.final()]));
  } catch {
    // GCM reports one thing only: key or bytes are wrong.
    return undefined;
  }
}

/** What the file says in the clear, bound to the ciphertext. */
function header({ keyId, alg, spki }: SoftwareKeyRecord, kdf: KeyFileKdf): Uint8Array {
  const { name, N, r, p, salt } = kdf;
  return new Uint8Array([...ascii.encode('clarion-key.v1 '), ...encodePayload({ alg, keyId, spki, kdf: { name, N, r, p, salt } })]);
}

function sameKdf(a: KeyFileKdf, b: KeyFileKdf): boolean {
  return a.N === b.N && a.r === b.r && a.p === b.p && a.salt === b.salt;
}

function refuse(code: KeyFileRefusal): { readonly ok: false; readonly code: KeyFileRefusal } {
  return { ok: false, code };
}
