import { keyRecordSchema, type EnrolledKey, type KeyAnswer } from '#libs/contracts';
import { encodePayload, fromBase64, pae } from '#libs/envelope';
import { checkKeyRecord, verify, type KeyRecord } from '#libs/suites';

/** What a key of an account signs, so that nothing it signs here can be taken for anything else, or the other way round. */
export const SIGN_IN_TYPE = 'clarion-sign-in.v1';

/** The very bytes under the signature. A passkey's challenge is their SHA-256, as of everything that it signs. */
export function signInBytes(account: string, challenge: string): Uint8Array {
  return pae(SIGN_IN_TYPE, encodePayload({ account, challenge }));
}

/** Whether `answer` was given by this key for this account, over the challenge it names. Whether the challenge is ours is asked elsewhere. */
export function isAnswerOf(key: EnrolledKey, account: string, answer: KeyAnswer): boolean {
  const record = recordOf(key);
  const sig = fromBase64(answer.sig);
  return record !== undefined && sig !== undefined && answer.keyId === key.keyId && verify(record, signInBytes(account, answer.challenge), sig);
}

/** Whether such a key may be enrolled: a suite that this server has, a sound point, and an id that is its hash. */
export function isUsableKey(key: EnrolledKey): boolean {
  const record = recordOf(key);
  return record !== undefined && (key.alg === 'webauthn-es256') === (key.rp !== undefined) && checkKeyRecord(record).ok;
}

/** Undefined for a suite that this version does not have. */
function recordOf(key: EnrolledKey): KeyRecord | undefined {
  const record = keyRecordSchema.safeParse(key);
  return record.success ? record.data : undefined;
}
