import { z } from 'zod';
import { base64Schema, keyIdSchema } from './ids';

/** The outer shape of a DSSE envelope (DSSE 1.0.0 "envelope"); `libs/envelope` checks it to the byte. */
export const envelopeSchema = z.strictObject({
  payloadType: z.string().min(1).max(80),
  payload: base64Schema.max(87_384),
  signatures: z.array(z.strictObject({ keyid: keyIdSchema, sig: base64Schema.max(2_048) })).min(1).max(16),
});
export type EnvelopeShape = z.infer<typeof envelopeSchema>;

/** All that a terminal needs to judge one dispatch: 4-6 kB (design 4). */
export const orderSchema = z.strictObject({
  dispatch: envelopeSchema,
  message: envelopeSchema,
  /** Of the message; of a correction those of `original`, which lists it. */
  approvals: z.array(envelopeSchema).max(8),
  /** The message that a correction corrects. */
  original: envelopeSchema.optional(),
  consent: envelopeSchema.optional(),
  /** The live permit under which it is said without approvals. */
  permit: envelopeSchema.optional(),
});
export type Order = z.infer<typeof orderSchema>;
