import { tokenClaimsSchema, type KeyRecord, type TokenClaims } from '#libs/contracts';
import { encodePayload, pae, parseStrictJson } from '#libs/envelope';
import { verify, type Signer } from '#libs/suites';

/**
 * The access token: `base64url(claims).base64url(signature)`, Ed25519 over the pre-authentication encoding of the
 * claims' bytes. There is no header to choose an algorithm with (RFC 8725 3.1): the key record says it.
 * No Nest here: the STOP process verifies with this file alone, without a database.
 */
export const TOKEN_TYPE = 'clarion-access.v1';
const MAX_TOKEN_CHARS = 2_048;
const CLAIMS_LIMITS = { maxBytes: 1_024, maxDepth: 3 };
/** Servers of one installation may differ by this much. */
const EARLY_MS = 5_000;
const SHAPE = /^([A-Za-z0-9_-]{2,1400})\.([A-Za-z0-9_-]{86})$/;

export type TokenFault = 'TOKEN_SHAPE' | 'TOKEN_SIGNATURE' | 'TOKEN_CLAIMS' | 'TOKEN_EXPIRED' | 'TOKEN_NOT_YET';
export type VerifiedToken = { readonly ok: true; readonly value: TokenClaims } | { readonly ok: false; readonly code: TokenFault };

/** Signs the claims as they are; the caller has chosen them. */
export async function signToken(claims: TokenClaims, signer: Signer): Promise<string> {
  const bytes = encodePayload(claims);
  const sig = await signer.sign(pae(TOKEN_TYPE, bytes));
  return `${toBase64Url(bytes)}.${toBase64Url(sig)}`;
}

/**
 * The claims of a token signed by `key` and in force at `now` (Unix ms). Signature first, then parsing.
 * Says nothing about whether the session was ended since: who has a database asks it.
 */
export function verifyToken(token: string, key: KeyRecord, now: number): VerifiedToken {
  if (token.length > MAX_TOKEN_CHARS) return refuse('TOKEN_SHAPE');
  const [, claimsText, sigText] = SHAPE.exec(token) ?? [];
  const bytes = claimsText === undefined ? undefined : fromBase64Url(claimsText);
  const sig = sigText === undefined ? undefined : fromBase64Url(sigText);
  if (bytes === undefined || sig === undefined) return refuse('TOKEN_SHAPE');
  if (!verify(key, pae(TOKEN_TYPE, bytes), sig)) return refuse('TOKEN_SIGNATURE');
  const json = parseStrictJson(bytes, CLAIMS_LIMITS);
  const claims = json.ok ? tokenClaimsSchema.safeParse(json.value) : undefined;
  if (claims?.success !== true) return refuse('TOKEN_CLAIMS');
  if (claims.data.issuedAt > now + EARLY_MS) return refuse('TOKEN_NOT_YET');
  if (claims.data.expiresAt <= now) return refuse('TOKEN_EXPIRED');
  return { ok: true, value: claims.data };
}

/** The token of an `Authorization: Bearer` header; undefined for anything else. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([A-Za-z0-9_.-]{1,2048})$/.exec(header ?? '')?.[1];
}

function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Undefined unless the text is exactly what `toBase64Url` writes: no second spelling of a token (RFC 4648 3.5). */
function fromBase64Url(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  return toBase64Url(bytes) === text ? bytes : undefined;
}

function refuse(code: TokenFault): VerifiedToken {
  return { ok: false, code };
}
