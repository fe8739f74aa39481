import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { fromBase64, toBase64 } from '#libs/envelope';
import { errorCode, operationalError } from '../../kernel/errors';
import { readPrivateFile, writePrivateFileOnce } from './private-file';

/** Name of the sealing key inside CLARION_KEYS. */
export const SEAL_KEY_FILE = 'second-factor.json';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const fileSchema = z.strictObject({ secret: z.string() });

/**
 * Seals what the database holds of second factors, and marks challenges as our own. AES-256-GCM and HMAC-SHA-256 under two
 * keys derived (RFC 5869) from one secret in CLARION_KEYS: a copy of the database alone opens no secret.
 */
export class SealKey {
  private readonly sealing: Buffer;
  private readonly marking: Buffer;

  constructor(secret: Uint8Array, private readonly random: (bytes: number) => Uint8Array) {
    const derive = (info: string): Buffer => Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), info, KEY_BYTES));
    this.sealing = derive('clarion second factor seal v1');
    this.marking = derive('clarion sign-in challenge v1');
  }

  /** base64 of nonce, ciphertext and tag. `owner` (the account) is bound to it: a row moved to another account does not open. */
  seal(owner: string, secret: Uint8Array): string {
    const nonce = this.random(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.sealing, nonce).setAAD(Buffer.from(owner));
    return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  /** Undefined when it was sealed for another account, by another key, or changed since. */
  open(owner: string, sealed: string): Uint8Array | undefined {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.sealing, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
    } catch {
      return undefined;
    }
  }

  mark(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(createHmac('sha256', this.marking).update(bytes).digest());
  }

  isMark(bytes: Uint8Array, mark: Uint8Array): boolean {
    const expected = this.mark(bytes);
    return expected.length === mark.length && timingSafeEqual(expected, mark);
  }
}

/** Opens the key of this installation, or makes it at first start. Refuses what `readPrivateFile` refuses, and SERVER_KEY_INVALID. */
export function openOrMakeSealKey(file: string, random: (bytes: number) => Uint8Array): SealKey {
  try {
    return read(file, random);
  } catch (cause) {
    if (errorCode(cause) !== 'SERVER_KEY_MISSING') throw cause;
  }
  writePrivateFileOnce(file, JSON.stringify({ secret: toBase64(random(KEY_BYTES)) }));
  return read(file, random);
}

function read(file: string, random: (bytes: number) => Uint8Array): SealKey {
  const text = readPrivateFile(file);
  let secret: Uint8Array | undefined;
  try {
    secret = fromBase64(fileSchema.parse(JSON.parse(text)).secret);
  } catch (cause) {
    throw operationalError('SERVER_KEY_INVALID', `The sealing key ${file} is not one of ours.`, { cause });
  }
  if (secret?.length !== KEY_BYTES) throw operationalError('SERVER_KEY_INVALID', `The sealing key ${file} is not one of ours.`);
  return new SealKey(secret, random);
}
