import type { z } from 'zod';
import { digestSchema, type Digest, type PayloadWord } from '#libs/contracts';
import { parseEnvelope, parseStrictJson, wordOf, type Envelope } from '#libs/envelope';
import { sha256Hex, type VerificationCache } from '#libs/suites';
import { ok, refuse, type Result } from './result';

/** An envelope whose outer shape and kind are right. Nothing inside it is proved or even looked at. */
export interface OpenedEnvelope {
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
  /** SHA-256 of the payload bytes: the name of the document everywhere else. */
  readonly digest: Digest;
}

/**
 * Facts 4b.4 step 2: exact outer shape, the one kind expected here, canonical base64, bounded size.
 * With a `cache` the very same value object is opened once for all who share the cache; it must never be changed.
 */
export function openEnvelope(value: unknown, word: PayloadWord, cache?: VerificationCache): Result<OpenedEnvelope> {
  if (cache === undefined || typeof value !== 'object' || value === null) return open(value, word);
  return openShared(cache, value, word);
}

function open(value: unknown, word: PayloadWord): Result<OpenedEnvelope> {
  const parsed = parseEnvelope(value);
  if (!parsed.ok) {
    if (parsed.code === 'envelope-payload-size') return refuse('REJ_SIZE');
    return refuse(parsed.code === 'envelope-type' ? 'REJ_TYPE' : 'REJ_SHAPE', parsed.code);
  }
  if (wordOf(parsed.envelope.payloadType) !== word) return refuse('REJ_TYPE', parsed.envelope.payloadType);
  return ok({ envelope: parsed.envelope, payload: parsed.payload, digest: digestSchema.parse(sha256Hex(parsed.payload)) });
}

/** Facts 4b.4 step 5: strict JSON, then the contract. Only for bytes whose signatures hold. */
export function readPayload<T>(opened: OpenedEnvelope, schema: z.ZodType<T>): Result<T> {
  const json = parseStrictJson(opened.payload);
  if (!json.ok) return refuse('REJ_JSON', json.code);
  const parsed = schema.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : refuse('REJ_SCHEMA', parsed.error.issues[0]?.path.join('.'));
}

/** `readPayload` for one kind; with a `cache`, once for all who share the cache and the opened envelope. */
export function payloadReader<T>(schema: z.ZodType<T>): (opened: OpenedEnvelope, cache?: VerificationCache) => Result<T> {
  const outcomes = new WeakMap<VerificationCache, WeakMap<OpenedEnvelope, Result<T>>>();
  return (opened, cache) => {
    if (cache === undefined) return readPayload(opened, schema);
    const shared = outcomes.get(cache) ?? new WeakMap<OpenedEnvelope, Result<T>>();
    outcomes.set(cache, shared);
    const outcome = shared.get(opened) ?? readPayload(opened, schema);
    shared.set(opened, outcome);
    return outcome;
  };
}

/** Envelopes that the terminals of one simulator opened once for all of them; gone with the values themselves. */
const openings = new WeakMap<VerificationCache, WeakMap<object, Map<PayloadWord, Result<OpenedEnvelope>>>>();

function openShared(cache: VerificationCache, value: object, word: PayloadWord): Result<OpenedEnvelope> {
  const shared = openings.get(cache) ?? new WeakMap<object, Map<PayloadWord, Result<OpenedEnvelope>>>();
  openings.set(cache, shared);
  const answers = shared.get(value) ?? new Map<PayloadWord, Result<OpenedEnvelope>>();
  const answer = answers.get(word) ?? open(value, word);
  shared.set(value, answers.set(word, answer));
  return answer;
}
