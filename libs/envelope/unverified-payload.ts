import { fromBase64 } from './bytes';
import { parseStrictJson } from './strict-json';

/**
 * The strict JSON inside an envelope whose signatures nobody has asked about: for showing it, or for what was verified
 * before it was kept. Undefined for anything else; the caller's schema says what it is.
 */
export function unverifiedPayload({ payload }: { readonly payload: string }): unknown {
  const bytes = fromBase64(payload);
  const json = bytes === undefined ? undefined : parseStrictJson(bytes);
  return json?.ok === true ? json.value : undefined;
}
