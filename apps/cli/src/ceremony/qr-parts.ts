import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { sha256Hex } from '#libs/suites';

/** What a part looks like: which of how many, the beginning of the whole's SHA-256, its share of the packed bytes. */
const PART = /^CLR1:(\d{1,3})\/(\d{1,3}):([0-9a-f]{16}):([A-Za-z0-9_-]+)$/;
const MOST_BYTES = 262_144;
const MOST_PARTS = 999;

/** A paper as texts small enough for one code each; every part says of which whole it is. Undefined when it is too large. */
export function splitForQr(bytes: Uint8Array, charsPerCode: number): readonly string[] | undefined {
  if (bytes.length > MOST_BYTES) return undefined;
  const packed = deflateRawSync(bytes, { level: 9 }).toString('base64url');
  const shares = packed.match(new RegExp(`.{1,${charsPerCode}}`, 'g')) ?? [];
  const digest = sha256Hex(bytes).slice(0, 16);
  return shares.length > MOST_PARTS ? undefined : shares.map((share, at) => `CLR1:${at + 1}/${shares.length}:${digest}:${share}`);
}

export type JoinedQr =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: 'QR_FORM' | 'QR_OTHER' | 'QR_DIGEST'; readonly missing: readonly number[] }
  | { readonly ok: false; readonly code: 'QR_MISSING'; readonly missing: readonly number[] };

/**
 * The paper again, from its parts in any order, some of them perhaps twice. Refuses what is no part (QR_FORM), parts of
 * two papers (QR_OTHER), and a whole that is not the one that the parts name (QR_DIGEST); QR_MISSING says which are not there yet.
 */
export function joinQr(lines: readonly string[]): JoinedQr {
  const given = lines.map((line) => line.trim()).filter((line) => line !== '');
  const parts = given.map((line) => PART.exec(line));
  const [first] = parts;
  if (first === undefined || first === null || parts.includes(null)) return { ok: false, code: 'QR_FORM', missing: [] };
  const [, , total = '0', digest] = first;
  const shares = new Map<number, string>();
  for (const part of parts) {
    const [, at = '0', of, named, share = ''] = part ?? [];
    if (of !== total || named !== digest || Number(at) < 1 || Number(at) > Number(total) || (shares.get(Number(at)) ?? share) !== share) return { ok: false, code: 'QR_OTHER', missing: [] };
    shares.set(Number(at), share);
  }
  const missing = Array.from({ length: Number(total) }, (_, at) => at + 1).filter((at) => !shares.has(at));
  if (missing.length > 0) return { ok: false, code: 'QR_MISSING', missing };
  const bytes = unpacked([...shares].sort(([a], [b]) => a - b).map(([, share]) => share).join(''));
  return bytes !== undefined && sha256Hex(bytes).slice(0, 16) === digest ? { ok: true, bytes } : { ok: false, code: 'QR_DIGEST', missing: [] };
}

function unpacked(text: string): Uint8Array | undefined {
  try {
    return new Uint8Array(inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: MOST_BYTES }));
  } catch {
    return undefined;
  }
}
