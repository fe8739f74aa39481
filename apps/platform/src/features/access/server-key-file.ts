import { keyIdSchema, serverKeyFileSchema, type SoftwareKeyRecord } from '#libs/contracts';
import { fromBase64, toBase64 } from '#libs/envelope';
import { checkKeyRecord, generateKey, signerFromPkcs8, verify, type GeneratedKey, type Signer } from '#libs/suites';
import { errorCode, operationalError } from '../../kernel/errors';
import { readPrivateFile, writePrivateFileOnce } from './private-file';

const PROBE = new TextEncoder().encode('clarion-server-key-probe');

export interface ServerKey {
  readonly key: SoftwareKeyRecord;
  readonly signer: Signer;
}

/**
 * Opens one of the server's own signing keys. Refuses, with a code and the file's name: SERVER_KEY_MISSING,
 * SERVER_KEY_EXPOSED (another account may read it, or it is a link), SERVER_KEY_INVALID (shape, or the private half
 * does not answer for the public one).
 */
export async function openServerKey(file: string): Promise<ServerKey> {
  const text = readPrivateFile(file);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, cause);
  }
  const shape = serverKeyFileSchema.safeParse(parsed);
  if (!shape.success) throw invalid(file);
  const pkcs8 = fromBase64(shape.data.pkcs8);
  const keyId = keyIdSchema.safeParse(shape.data.key.keyId);
  if (pkcs8 === undefined || !keyId.success || !checkKeyRecord(shape.data.key).ok) throw invalid(file);
  const key: SoftwareKeyRecord = { keyId: keyId.data, alg: shape.data.key.alg, spki: shape.data.key.spki };
  let signer: Signer;
  try {
    signer = signerFromPkcs8(key.alg, pkcs8);
  } catch (cause) {
    throw invalid(file, cause);
  }
  if (signer.key.keyId !== key.keyId || !verify(key, PROBE, await signer.sign(PROBE))) throw invalid(file);
  return { key, signer };
}

/** Opens the key, or makes it at first start: Ed25519, 0600, written whole or not at all, first maker wins. */
export async function openOrMakeServerKey(file: string): Promise<ServerKey> {
  try {
    return await openServerKey(file);
  } catch (cause) {
    if (errorCode(cause) !== 'SERVER_KEY_MISSING') throw cause;
  }
  const made = await generateKey('ed25519');
  keepServerKey(file, made);
  return openServerKey(file);
}

/** 0600, written whole or not at all. */
export function keepServerKey(file: string, { key, pkcs8 }: Pick<GeneratedKey, 'key' | 'pkcs8'>): void {
  writePrivateFileOnce(file, JSON.stringify({ key, pkcs8: toBase64(pkcs8) }));
}

function invalid(file: string, cause?: unknown): Error {
  return operationalError('SERVER_KEY_INVALID', `The signing key ${file} is not a key of ours or its halves do not match.`, { cause });
}
