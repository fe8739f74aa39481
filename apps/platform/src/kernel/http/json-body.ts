import { createHash } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { parseStrictJson, type JsonRefusal } from '#libs/envelope';
import { userError, type ClarionError } from '../errors';
import { HTTP_LIMITS } from './limits';

const REFUSALS: Readonly<Record<JsonRefusal, readonly [code: string, sentence: string, status: number]>> = {
  'json-size': ['PAYLOAD_TOO_LARGE', `The body is larger than ${HTTP_LIMITS.bodyBytes / 1024} KiB.`, 413],
  'json-depth': ['JSON_TOO_DEEP', `The body is nested deeper than ${HTTP_LIMITS.jsonDepth} levels.`, 400],
  'json-utf8': ['MALFORMED_JSON', 'The body is not UTF-8.', 400],
  'json-syntax': ['MALFORMED_JSON', 'The body is not JSON.', 400],
  'json-number': ['MALFORMED_JSON', 'The body holds a number that is not an integer within 2^53.', 400],
  'json-duplicate-key': ['MALFORMED_JSON', 'The body names a key twice.', 400],
  'json-forbidden-key': ['MALFORMED_JSON', 'The body uses a key that is not allowed.', 400],
  'json-lone-surrogate': ['MALFORMED_JSON', 'The body holds text that is not Unicode.', 400],
};

/** SHA-256 of method, address and body of a request: what an idempotency key stands for. */
const digests = new WeakMap<Request, Uint8Array>();

/** Refuses a body that is not JSON: it was left unread, and two of them must not look alike. */
export function bodyDigestOf(request: Request): Uint8Array {
  const known = digests.get(request);
  if (known !== undefined) return known;
  if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0) {
    throw userError('UNSUPPORTED_MEDIA_TYPE', 'The body must be sent as application/json.', { status: 415 });
  }
  return digestOf(request, new Uint8Array(0));
}

export function digestOf(request: Request, body: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`${request.method} ${request.originalUrl}\n`).update(body).digest());
}

/**
 * Reads a JSON body, at most 256 KiB and 32 levels, by the strict rules of `libs/envelope` (one meaning only).
 * Bodies of other types are left unread for the routes that take bytes.
 */
export function jsonBody(): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    if (request.is('application/json') === false || request.is('application/json') === null) return next();
    readBody(request).then(
      (bytes) => {
        digests.set(request, digestOf(request, bytes));
        const parsed = bytes.length === 0 ? { ok: true as const, value: undefined } : parseStrictJson(bytes, { maxBytes: HTTP_LIMITS.bodyBytes, maxDepth: HTTP_LIMITS.jsonDepth });
        if (!parsed.ok) return next(refusal(parsed.code));
        request.body = parsed.value;
        next();
      },
      (cause: unknown) => next(cause),
    );
  };
}

function refusal(code: JsonRefusal): ClarionError {
  const [ours, sentence, status] = REFUSALS[code];
  return userError(ours, sentence, { status });
}

async function readBody(request: Request): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw userError('UNSUPPORTED_MEDIA_TYPE', 'Compressed bodies are not accepted.', { status: 415 });
  }
  if (Number(request.headers['content-length'] ?? 0) > HTTP_LIMITS.bodyBytes) throw refusal('json-size');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > HTTP_LIMITS.bodyBytes) {
        request.removeAllListeners('data');
        request.pause();
        reject(refusal('json-size'));
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    request.on('error', reject);
    request.on('aborted', () => reject(userError('BAD_REQUEST', 'The request ended before its body was complete.')));
  });
}
