import { z } from 'zod';
import { envelopeSchema } from './envelope-shape';
import { base64Schema, digestSchema, dispatchIdSchema, keyIdSchema, platformIdSchema, terminalIdSchema, unixMsSchema } from './ids';
import { LIMITS } from './limits';
import { failureReasonSchema, refusalCodeSchema } from './words';

/** What proves: the signed heads of the audit log, and the terminals' signed receipts and events that witness them. */

/** A signed tree head of the platform's audit log (RFC 6962 3.5 in our words). Signed by the log key. */
export const headSchema = z.strictObject({ platform: platformIdSchema, treeSize: z.int().min(0), rootHash: digestSchema, at: unixMsSchema });
/** A head as a witness repeats it. */
export const headRefSchema = z.strictObject({ platform: platformIdSchema, treeSize: z.int().min(0), rootHash: digestSchema });

const signedByDevice = {
  terminal: terminalIdSchema,
  /** Rises by one with every receipt and event of this terminal, durably. */
  counter: z.int().min(1),
  at: unixMsSchema,
  head: headRefSchema.nullable(),
};

/** Terminal-signed record of what became of one repetition of one dispatch. */
export const receiptSchema = z.strictObject({
  ...signedByDevice,
  dispatchId: dispatchIdSchema,
  messageDigest: digestSchema,
  /** 0 for a state of the whole dispatch, else the repetition, counted from 1. */
  repetition: z.int().min(0).max(LIMITS.repeats),
  state: z.enum(['acked', 'audible', 'done', 'failed']),
  reason: failureReasonSchema.nullable(),
  /** Where in the repetition the sound began, ms: not 0 when it went on after an interruption. */
  fromMs: z.int().min(0).max(LIMITS.audioDurationMs * LIMITS.segments),
  startedAt: unixMsSchema.nullable(),
  endedAt: unixMsSchema.nullable(),
  /** SHA-256 over the samples that left the sound card, 16-bit little-endian; null before the end. */
  playedDigest: digestSchema.nullable(),
  /**
   * Level in hundredths of a dBFS, never positive. Of what was heard, or cut off: what the card put out. Of a repetition
   * that ran to its end and a sensor did not hear (failed AMP_FAULT, SILENT, MUTED): what the loopback measured. Null
   * before the end, and where nobody measured.
   */
  levelCentiDbfs: z.int().max(0).nullable(),
  /**
   * Of a living voice, at its end and nowhere else: its blocks from the first to the last that this unit took (0 where it
   * took none), how many it took, how many of them came too late to be heard whole, how many in between never came, and
   * SHA-256 over the SHA-256 of each taken block in order. `playedDigest` is then SHA-256 over the SHA-256 of each packet
   * that sounded, in order. `held`: its grant says that the platform's own server held the key.
   */
  live: z.strictObject({
    firstSeq: z.int().min(0), lastSeq: z.int().min(0), blocks: z.int().min(0), late: z.int().min(0), lost: z.int().min(0), blocksDigest: digestSchema,
    held: z.literal(true).optional(),
  }).optional(),
});

/** Terminal-signed security event: a refused command, a sound without a dispatch, a clock step. */
export const eventSchema = z.strictObject({
  ...signedByDevice,
  kind: z.enum(['refused', 'sound-without-dispatch', 'clock-step', 'state-lost', 'disk', 'isolated', 'amplifier']),
  code: refusalCodeSchema.nullable(),
  /** SHA-256 of the refused envelope's payload bytes, or of the raw frame when it had no payload. */
  subject: digestSchema.nullable(),
  payloadType: z.string().max(80).nullable(),
  keyIds: z.array(keyIdSchema).max(16),
  /** The refused dispatch itself, where its signature held and no genuine one is refused so: proof of it, not this terminal's word. */
  evidence: envelopeSchema.extend({ payload: base64Schema.max(LIMITS.evidenceChars) }).optional(),
});

export type Receipt = z.infer<typeof receiptSchema>;
export type SecurityEvent = z.infer<typeof eventSchema>;
export type Head = z.infer<typeof headSchema>;
export type HeadRef = z.infer<typeof headRefSchema>;
