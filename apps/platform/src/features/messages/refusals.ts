import { messageIdSchema, type PlatformId, type RefusalCode } from '#libs/contracts';
import type { Refused } from '#libs/trust';
import { userError, type ClarionError } from '../../kernel/errors';

/** Sentences for the refusals that a person at the API can act on; the code says the rest. */
const SENTENCES: Partial<Readonly<Record<RefusalCode, string>>> = {
  REJ_SHAPE: 'This is not a signed envelope.',
  REJ_TYPE: 'The envelope holds another kind of document.',
  REJ_KEY_UNKNOWN: 'The roster in force does not know the key that signed.',
  REJ_KEY_USAGE: 'The key that signed belongs to somebody who may not sign this here.',
  REJ_KEY_REVOKED: 'The key that signed was revoked.',
  REJ_SIGNATURE: 'The signature does not match the bytes.',
  REJ_JSON: 'The signed bytes are not strict JSON.',
  REJ_SCHEMA: 'The signed document does not have the agreed form.',
  REJ_AUTHOR: 'The key that signed is not the author\'s.',
  REJ_UNIT: 'The author\'s unit may not say this.',
  REJ_CEILING: 'The charter does not allow the platform to say this.',
  REJ_WINDOW: 'The window exceeds what the class allows.',
  REJ_EXPIRED: 'The window is over.',
  REJ_NOT_YET: 'The document was signed in the future.',
  REJ_APPROVAL_DIGEST: 'The signature is over another message.',
  REJ_DISPLAYED: 'The signer\'s screen showed another message than the one that was signed.',
  REJ_APPROVAL_STEP: 'No such step is open now.',
  REJ_APPROVER_IS_AUTHOR: 'The author cannot approve the own message.',
  REJ_APPROVER_REPEATED: 'This person has signed already.',
  REJ_APPROVER_ROLE: 'This person\'s role or unit may not sign this step.',
  REJ_POLICY: 'The policy does not cover this message.',
  REJ_POLICY_VERSION: 'The policy changed since; sign again over the version in force.',
  REJ_PERMIT: 'The permit does not cover this, is not in force, or is not for an author of a village.',
  REJ_THRESHOLD: 'Too few persons signed it.',
  REJ_CONSENT: 'It is no stopper\'s consent to this.',
  REJ_CORRECTION: 'The message lists no such correction.',
  REJ_RESUME: 'Nothing can be taken back: no such stop, more than 30 seconds ago, or another stop silences it as well.',
  REJ_VERIFICATION: 'One of the signatures must be given with user verification or from the command line.',
};

/** A refusal of the trust rules as the API says it: the same code that a terminal would give. */
export function refusalError(refused: Refused | { readonly code: RefusalCode }): ClarionError {
  const at = 'at' in refused && refused.at !== undefined ? ` (${refused.at})` : '';
  return userError(refused.code, `${SENTENCES[refused.code] ?? 'The signed document was refused.'}${at}`);
}

/** What the database holds is not what was signed: nothing follows from it, and somebody must look. */
export function altered(what: string): ClarionError {
  return userError('MESSAGE_ALTERED', `What the database holds of this message is not what was signed (${what}). Nothing was dispatched.`, { status: 409 });
}

export function foreignPlatform(platform: PlatformId): ClarionError {
  return userError('PLATFORM_FOREIGN', `This message is of the platform ${platform}; only its own people may act on it.`, { status: 403 });
}

export function notFound(): ClarionError {
  return userError('NOT_FOUND', 'There is no such message, or it is not yours to see.');
}

export function stateConflict(state: string, wanted: string): ClarionError {
  return userError('STATE_CONFLICT', `The message is ${state}; ${wanted}.`, { status: 409 });
}

/** Whether an id of an address can be a message's at all; asking the database for anything else is an error of types. */
export function isMessageId(id: string): boolean {
  return messageIdSchema.safeParse(id).success;
}
