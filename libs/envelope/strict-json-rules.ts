/** What strict JSON can hold. Numbers are integers within 2^53 - 1. */
export type JsonValue =
  | string | number | boolean | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** `maxBytes` of the whole text; `maxDepth` counts nested arrays and objects, the outermost is 1. */
export type JsonLimits = { readonly maxBytes: number; readonly maxDepth: number };

/** The limits of a signed payload. */
export const JSON_LIMITS: JsonLimits = { maxBytes: 65536, maxDepth: 16 };

/** Why a text was refused. */
export type JsonRefusal =
  | 'json-size' | 'json-utf8' | 'json-syntax' | 'json-depth'
  | 'json-number' | 'json-duplicate-key' | 'json-forbidden-key' | 'json-lone-surrogate';

/** Keys that reach into an object's prototype in careless code; no payload needs them. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** True when every surrogate in `text` is half of a pair, so that UTF-8 can carry it unchanged. */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    i++;
  }
  return true;
}
