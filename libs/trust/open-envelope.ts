import type { z } from 'zod';
import { digestSchema, type Digest, type PayloadWord } from '#libs/contracts';
import { parseEnvelope, parseStrictJson, wordOf, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { ok, refuse, type Result } from './result';

/** An envelope whose outer shape and kind are right. Nothing inside it is proved or even looked at. */
export interface OpenedEnvelope {
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
  /** SHA-256 of the payload bytes: the name of the document everywhere else. */
  readonly digest: Digest;
}

/** Facts 4b.4 step 2: exact outer shape, the one kind expected here, canonical base64, bounded size. */
export function openEnvelope(value: unknown, word: PayloadWord): Result<OpenedEnvelope> {
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
