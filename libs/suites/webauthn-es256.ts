import type { RelyingParty } from '#libs/contracts';
import { isClientData, isVerifiedPresence, readAssertion } from './assertion';
import { sha256 } from './hash';
import { WEBAUTHN_ANSWERS } from './known-answers-webauthn';
import { checkP256Spki, prepareP256 } from './p256';
import type { PasskeySuite, PreparedKey } from './suite';
import { whenNeeded } from './when-needed';

const utf8 = new TextEncoder();

function prepare(spki: Uint8Array, { id, origins }: RelyingParty): PreparedKey {
  const key = prepareP256(spki);
  const rpIdHash = whenNeeded(() => sha256(utf8.encode(id)));
  return {
    verify: (bytes, sig) => {
      const assertion = readAssertion(sig);
      if (assertion === undefined || !isVerifiedPresence(assertion.flags) || !equal(assertion.rpIdHash, rpIdHash())) return false;
      const { authenticatorData, clientDataJson, signature } = assertion;
      if (!isClientData(clientDataJson, { challenge: Buffer.from(sha256(bytes)).toString('base64url'), origins })) return false;
      return key.verify(Buffer.concat([authenticatorData, sha256(clientDataJson)]), signature);
    },
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/**
 * A passkey on P-256 (WebAuthn L3 7.2): its challenge is the SHA-256 of the bytes to be signed, so the browser's own
 * statement of site and user verification is part of the signature, and the terminal itself checks it against the record.
 */
export const webauthnEs256: PasskeySuite<'webauthn-es256'> = {
  alg: 'webauthn-es256',
  pinsRp: true,
  checkSpki: checkP256Spki,
  prepare,
  knownAnswers: WEBAUTHN_ANSWERS,
};
