import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { LIMITS } from '#libs/contracts';
import type { Clock } from '../clock';
import type { Tx } from '../database/tx';
import { invalidFields, userError, type FieldError } from '../errors';
import { contractOf } from './contract';
import { bodyDigestOf, digestOf } from './json-body';
import { parseKept } from './parse-kept';
import { fieldErrors } from './zod-pipe';

/** A command that may be sent again: the caller's key and what it stood for. */
export interface IdempotentCall {
  /** The caller's key; null when none was sent: then nothing is remembered. */
  readonly key: string | null;
  /** SHA-256 of method, address and body. */
  readonly bodyDigest: Uint8Array;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The request's Idempotency-Key: `@Idempotent() call: IdempotentCall`. Refuses a key that is not a UUID, together with
 * every fault of address and body by the route's contract: it is read before they are.
 */
export const Idempotent = createParamDecorator((_: unknown, context: ExecutionContext): IdempotentCall => ({ key: keyOf(context), bodyDigest: bodyDigestOf(requestOf(context)) }));

/** The same for a route that reads its bytes itself: the call is known once their SHA-256 is. */
export type BytesCall = (sha256: string) => IdempotentCall;

export const IdempotentBytes = createParamDecorator((_: unknown, context: ExecutionContext): BytesCall => {
  const key = keyOf(context);
  return (sha256) => ({ key, bodyDigest: digestOf(requestOf(context), new TextEncoder().encode(sha256)) });
});

function requestOf(context: ExecutionContext): Request {
  return context.switchToHttp().getRequest<Request>();
}

function keyOf(context: ExecutionContext): string | null {
  const request = requestOf(context);
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !UUID.test(key)) {
    throw invalidFields([{ path: 'Idempotency-Key', code: 'WRONG_FORMAT', sentence: 'The idempotency key must be a UUID.' }, ...otherFaults(context.getHandler(), request)]);
  }
  return key.toLowerCase();
}

function otherFaults(handler: Parameters<typeof contractOf>[0], { params, query, body }: Request): readonly FieldError[] {
  const contract = contractOf(handler);
  return [...fieldErrors(contract?.params?.safeParse(params).error, 'params'), ...fieldErrors(contract?.query?.safeParse(query).error, 'query'), ...fieldErrors(contract?.body?.safeParse(body).error)];
}

interface KeptAnswer {
  readonly body_digest: Buffer;
  readonly answer: unknown;
}

/**
 * Runs `run` once for (principal, key), in the caller's transaction: what it did and its answer are kept together, so
 * a repetition within 72 h gets the same answer and changes nothing. A second call at the same time waits for the first.
 * The answer must be JSON. When `run` throws, nothing is kept and the key is free again.
 * Refuses with IDEMPOTENCY_KEY_REUSED (409) when the same key comes with another body.
 */
export async function withIdempotency<T>(tx: Tx, clock: Clock, principal: string, { key, bodyDigest }: IdempotentCall, run: () => Promise<T>): Promise<T> {
  if (key === null) return run();
  const digest = Buffer.from(bodyDigest);
  const oldest = new Date(clock.now() - LIMITS.idempotencyMs);
  await tx.execute('DELETE FROM idempotent_answer WHERE principal = $1 AND key = $2 AND created_at < $3', [principal, key, oldest]);
  const taken = await tx.execute(
    'INSERT INTO idempotent_answer (principal, key, body_digest, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [principal, key, digest, new Date(clock.now())],
  );
  if (taken === 0) return keptAnswer<T>(tx, principal, key, digest);
  const answer = await run();
  await tx.execute('UPDATE idempotent_answer SET answer = $3 WHERE principal = $1 AND key = $2', [principal, key, JSON.stringify({ answer })]);
  return answer;
}

async function keptAnswer<T>(tx: Tx, principal: string, key: string, digest: Buffer): Promise<T> {
  const [kept] = await tx.query<KeptAnswer>('SELECT body_digest, answer FROM idempotent_answer WHERE principal = $1 AND key = $2', [principal, key]);
  if (kept === undefined || !kept.body_digest.equals(digest)) {
    throw userError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used for another request.');
  }
  const { answer } = parseKept<T>(kept.answer);
  return answer;
}
