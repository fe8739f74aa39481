import type { Problem } from '#libs/contracts';
import type { ClarionError } from '../errors';

/** What a caller is told of an error: never its cause, never a stack. */
export function problemOf(error: ClarionError): Problem {
  const fields = error.fields?.map(({ path, code, sentence }) => ({ path, code, message: sentence }));
  return { code: error.code, message: error.sentence, ...(fields === undefined ? {} : { fields }) };
}
