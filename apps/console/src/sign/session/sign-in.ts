import { challengeSchema, sessionSchema, type KeyAnswer, type Session } from '#libs/contracts';
import { encodePayload, pae, toBase64 } from '#libs/envelope';
import type { Api } from '../api';
import { signBytes, type HeldKey } from '../keys';
import { keepKnownDevice, knownDevice } from './known-device';

/** What a key signs to sign in (docs/sign-in.md): nothing it signs here can be taken for anything else. */
const SIGN_IN_TYPE = 'clarion-sign-in.v1';

/** What a key answers to a fresh challenge: to sign in, and when it is enrolled. */
export async function answerOf(api: Api, account: string, key: HeldKey): Promise<KeyAnswer> {
  const { challenge } = await api.post('/api/session/challenge', {}, challengeSchema);
  const sig = await signBytes(key, pae(SIGN_IN_TYPE, encodePayload({ account, challenge })));
  return { keyId: key.record.keyId, challenge, sig: toBase64(sig) };
}

/** Account, password, and where the server wants it a code of the authenticator app or the answer of a key of this browser. */
export async function signIn(api: Api, account: string, password: string, second: { readonly code?: string; readonly device?: HeldKey; readonly unlock?: string }): Promise<Session> {
  const device = second.device === undefined ? undefined : await answerOf(api, account, second.device);
  const code = second.code?.trim() ?? '';
  const unlock = second.unlock?.trim() ?? '';
  return open(api, '/api/session', account, { password, ...(code === '' ? {} : { code }), ...(device === undefined ? {} : { device }) }, unlock === '' ? undefined : unlock);
}

/** A passkey with user verification is both factors. */
export async function signInByPasskey(api: Api, account: string, key: HeldKey): Promise<Session> {
  return open(api, '/api/session/passkey', account, { passkey: await answerOf(api, account, key) });
}

/** Says that this browser was here before, and keeps what it is told. */
async function open(api: Api, path: string, account: string, proof: object, unlock?: string): Promise<Session> {
  const given = unlock ?? knownDevice(account);
  const { known, ...session } = await api.post(path, { account, ...proof, ...(given === undefined ? {} : { known: given }) }, sessionSchema);
  if (known !== undefined) keepKnownDevice(account, known);
  return session;
}
