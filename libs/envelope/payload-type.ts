import { EnvelopeError } from './envelope-error';

const WORD = /^[a-z][a-z0-9-]{0,31}$/;
const PAYLOAD_TYPE = /^application\/vnd\.clarion\.([a-z][a-z0-9-]{0,31})\.v1\+json$/;

/** The payload type of one of our words (`message`, `approval`, ...). Throws for what is not a lowercase word. */
export function payloadTypeOf(word: string): string {
  if (!WORD.test(word)) throw new EnvelopeError('payload-type-word', `"${word}" cannot name a kind of signed order`);
  return `application/vnd.clarion.${word}.v1+json`;
}

/** The word inside one of our payload types; undefined for any other type. Says nothing about whether the word is known. */
export function wordOf(payloadType: string): string | undefined {
  return PAYLOAD_TYPE.exec(payloadType)?.[1];
}
