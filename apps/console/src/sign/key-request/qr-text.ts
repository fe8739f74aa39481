import { signedKeyRequestSchema, type SignedKeyRequest } from '#libs/contracts';
import { keyRequestBytes } from '#libs/domain';
import { canonicalJson, parseStrictJson } from '#libs/envelope';
import { owned, sha256Hex, toBase64Url } from '../keys';

/** One code of the command line's `qr join`: `CLR1:<part>/<parts>:<first 16 digits of the whole's SHA-256>:<deflated, base64url>`. */
const PART = /^CLR1:1\/1:([0-9a-f]{16}):([A-Za-z0-9_-]{1,4000})$/;
const MOST_BYTES = 8_192;

/** The request's id: what its fingerprint is made of. */
export function requestIdOf({ request }: Pick<SignedKeyRequest, 'request'>): Promise<string> {
  return sha256Hex(keyRequestBytes(request));
}

/** The whole request with its signature as the text of one QR code, which `./clarion qr join` reads as well. */
export async function requestText({ request, sig }: SignedKeyRequest): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson({ request, sig }));
  return `CLR1:1/1:${(await sha256Hex(bytes)).slice(0, 16)}:${toBase64Url(await through(new CompressionStream('deflate-raw'), bytes))}`;
}

/** The request in such a text, or in the JSON that it stands for; undefined for anything else. That its key signed it is not asked: its digits are compared. */
export async function requestFromText(text: string): Promise<SignedKeyRequest | undefined> {
  const [, digest, packed] = PART.exec(text.trim()) ?? [];
  const bytes = packed === undefined ? new TextEncoder().encode(text.trim()) : await unpacked(packed);
  if (bytes === undefined || bytes.length > MOST_BYTES || (digest !== undefined && (await sha256Hex(bytes)).slice(0, 16) !== digest)) return undefined;
  const json = parseStrictJson(bytes);
  const read = signedKeyRequestSchema.safeParse(json.ok ? json.value : undefined);
  return read.success ? read.data : undefined;
}

async function unpacked(packed: string): Promise<Uint8Array | undefined> {
  try {
    const raw = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    return await through(new DecompressionStream('deflate-raw'), Uint8Array.from(raw, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Refuses (throws) what grows beyond any request. */
async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array): Promise<Uint8Array> {
  const reader = new Blob([owned(bytes)]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MOST_BYTES) throw new RangeError('too large');
    parts.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
