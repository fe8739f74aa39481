import { keyRecordSchema, softwareAlgSchema, type KeyRecord } from '#libs/contracts';
import { fromBase64 } from '#libs/envelope';
import { checkKeyRecord, keyIdOf } from '#libs/suites';
import type { CodeReading } from './codes';

const ALGS = softwareAlgSchema.options;

/** The key record of a public key as tables hold it: the base64 of its SPKI, which says by itself what kind it is. */
export function publicKeyOf(spki: string): KeyRecord | undefined {
  const bytes = fromBase64(spki);
  if (bytes === undefined) return undefined;
  const record = ALGS.map((alg) => ({ alg, keyId: keyIdOf(alg, bytes), spki })).find((candidate) => checkKeyRecord(candidate).ok);
  return record === undefined ? undefined : keyRecordSchema.parse(record);
}

export function readPublicKey(text: string): CodeReading {
  return publicKeyOf(text) === undefined ? { ok: false, code: 'KEY_UNUSABLE' } : { ok: true, text };
}
