/** What strict JSON answers, as far as the model says it: the value, or that there is none. */
export type ModelJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const REFUSED: ModelJson = { ok: false };
const TOKEN = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[{}[\]:,]/gsu;
const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

/**
 * docs/protocol.md 6 "Strict JSON" once more and in another way: the platform's own reader for what is JSON at all, then
 * a walk over its tokens for everything that JSON allows and strict JSON does not.
 */
export function strictJsonModel(bytes: Uint8Array, limits = { maxBytes: 65_536, maxDepth: 16 }): ModelJson {
  if (bytes.length > limits.maxBytes) return REFUSED;
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return REFUSED;
  }
  const tokens = text.match(TOKEN) ?? [];
  const open: Set<string>[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      open.push(new Set());
      if (open.length > limits.maxDepth) return REFUSED;
    } else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"')) {
      const said = JSON.parse(token) as string;
      if (!isWhole(said)) return REFUSED;
      if (tokens[at + 1] !== ':') continue;
      const keys = open[open.length - 1];
      if (FORBIDDEN.includes(said) || keys?.has(said) === true) return REFUSED;
      keys?.add(said);
    } else if (/^-?[0-9]/.test(token)) {
      if (!/^(?:0|-?[1-9][0-9]*)$/.test(token)) return REFUSED;
      const exact = BigInt(token);
      if (exact > 2n ** 53n - 1n || exact < -(2n ** 53n - 1n)) return REFUSED;
    }
  }
  return { ok: true, value };
}

/** UTF-8 can carry it: no half of a pair. */
function isWhole(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
