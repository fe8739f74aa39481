import { z } from 'zod';
import { envelopeSchema } from './envelope-shape';
import { digestSchema, permitIdSchema, personIdSchema, plainText, platformIdSchema, unixMsSchema } from './ids';
import { LIMITS } from './limits';
import { refusalCodeSchema, volumeBandSchema } from './words';

/**
 * A live permit (design 1, 喊话授权): two approvers sign in advance that one clerk of a village may speak there with his own
 * signature alone, in class governance, by day, so long, so often and so loud. It counts while the village's roster in
 * force lists its digest.
 */
export const permitSchema = z.strictObject({
  permitId: permitIdSchema,
  /** A village. */
  platform: platformIdSchema,
  clerk: personIdSchema,
  /** Closed: a permit for anything else cannot be written. */
  classes: z.array(z.literal('governance')).length(1),
  /** The part of the day in which everything under it begins and ends, minutes after midnight in China Standard Time; never over midnight. */
  dayBand: z.strictObject({
    fromMinute: z.int().min(LIMITS.permitFromMinute).max(LIMITS.permitToMinute - 1),
    toMinute: z.int().min(LIMITS.permitFromMinute + 1).max(LIMITS.permitToMinute),
  }),
  /** Of a whole message with its repetitions and gaps. */
  maxDurationMs: z.int().min(1_000).max(LIMITS.permitDurationMs),
  /** Messages that one terminal takes under it in a day of China Standard Time. */
  perDay: z.int().min(1).max(LIMITS.permitPerDay),
  /** The loudest. */
  volume: volumeBandSchema,
  notBefore: unixMsSchema,
  notAfter: unixMsSchema,
  issuedAt: unixMsSchema,
}).refine(({ dayBand }) => dayBand.fromMinute < dayBand.toMinute, { message: 'the part of the day ends before it begins', path: ['dayBand'] })
  .refine(({ notBefore, notAfter }) => notBefore < notAfter, { message: 'it ends before it begins', path: ['notAfter'] });

/** What a roster lists of permits: digests of their payload bytes. */
export const permitsListedSchema = z.array(digestSchema).max(LIMITS.permitsListed);

export type Permit = z.infer<typeof permitSchema>;

/**
 * POST /api/permits: a permit with one or two signatures, the caller's among them; signatures over the same bytes come
 * together whoever brings them. GET /api/permits: those in the caller's scope. POST /api/permits/:digest/withdraw: this
 * server offers it no longer; the terminals go on taking it until the officers' next roster is without it.
 */
export const permitRequestSchema = z.strictObject({ permit: envelopeSchema });
export const permitWithdrawSchema = z.strictObject({ reason: plainText(200).default('') });
/** `signed`: waits for the officers to list it; `refused`: it would not count today, `refusal` says why. */
export const permitStateSchema = z.enum(['half-signed', 'signed', 'in-force', 'refused', 'expired', 'withdrawn']);
export const permitViewSchema = z.strictObject({
  digest: digestSchema, permit: permitSchema, envelope: envelopeSchema, state: permitStateSchema, refusal: refusalCodeSchema.nullable(),
  signedBy: z.array(personIdSchema),
  /** Whether the village's roster in force lists it. */
  listed: z.boolean(),
  /** Messages handed in under it that begin today in China, and how many more may. */
  usedToday: z.int(), leftToday: z.int(),
  withdrawnBy: personIdSchema.nullable(), withdrawnAt: unixMsSchema.nullable(),
});

export type PermitState = z.infer<typeof permitStateSchema>;
export type PermitView = z.infer<typeof permitViewSchema>;
