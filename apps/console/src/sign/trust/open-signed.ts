import { digestSchema, type Digest } from '#libs/contracts';
import { parseEnvelope, parseStrictJson, payloadTypeOf, type Envelope } from '#libs/envelope';
import type { z } from 'zod';
import { sha256Hex } from '../keys';
import { PageRefusal } from './page-refusal';

/** A payload read from its exact bytes. That somebody signed it is another question. */
export interface Opened<T> {
  readonly value: T;
  /** SHA-256 of the payload bytes. */
  readonly digest: Digest;
  readonly payload: Uint8Array;
  readonly envelope: Envelope;
}

/** Refuses PAGE_ENVELOPE (shape, canonical base64, kind) and PAGE_PAYLOAD (strict JSON, exactly the fields of its kind). */
export async function openSigned<T>(word: string, given: unknown, schema: z.ZodType<T>): Promise<Opened<T>> {
  const parsed = parseEnvelope(given);
  if (!parsed.ok) throw new PageRefusal('PAGE_ENVELOPE', parsed.code);
  if (parsed.envelope.payloadType !== payloadTypeOf(word)) throw new PageRefusal('PAGE_ENVELOPE', parsed.envelope.payloadType);
  const json = parseStrictJson(parsed.payload);
  if (!json.ok) throw new PageRefusal('PAGE_PAYLOAD', json.code);
  const read = schema.safeParse(json.value);
  if (!read.success) throw new PageRefusal('PAGE_PAYLOAD', read.error.issues.map(({ path }) => path.join('.')).slice(0, 3).join(', '));
  return { value: read.data, digest: digestSchema.parse(await sha256Hex(parsed.payload)), payload: parsed.payload, envelope: parsed.envelope };
}
