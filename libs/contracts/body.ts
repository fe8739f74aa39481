import { z } from 'zod';
import { base64Schema, digestSchema, keyIdSchema } from './ids';
import { LIMITS } from './limits';
import { segmentRoleSchema } from './words';

/** What a message says: the part of its signed bytes that sounds. */

export const segmentSchema = z.strictObject({
  sha256: digestSchema,
  bytes: z.int().min(1).max(LIMITS.uploadBytes),
  role: segmentRoleSchema,
  durationMs: z.int().min(1).max(LIMITS.audioDurationMs),
});

/** Of a microphone session: made for one voice and thrown away behind it. */
export const sessionKeySchema = z.strictObject({ keyId: keyIdSchema, alg: z.literal('ed25519'), spki: base64Schema });
/**
 * A voice as it is spoken (design 5 "Live"): signed block by block with `sessionKey`, a throw-away key that this names, and
 * heard `delayMs` after it was captured. `chime` opens it, from `startAt` on; `maxDurationMs` is the voice's longest. `held`:
 * the key is on the platform's own server, which brings the sound of one of its sources (design 1: class daily only, a slot
 * that was approved, no louder than the class); left out it is on the speaker's device.
 */
export const liveBodySchema = z.strictObject({
  sessionKey: sessionKeySchema,
  delayMs: z.int().min(LIMITS.liveDelayMs.least).max(LIMITS.liveDelayMs.most),
  blockMs: z.int().min(20).max(200),
  maxDurationMs: z.int().min(1_000).max(LIMITS.liveMs),
  chime: segmentSchema.nullable(),
  held: z.literal('platform').optional(),
});
export const recordedBodySchema = z.strictObject({ segments: z.array(segmentSchema).min(1).max(LIMITS.segments) });
/** What is said: recordings, one after the other, or a voice. */
export const bodySchema = z.union([recordedBodySchema, z.strictObject({ live: liveBodySchema })]);

export type Segment = z.infer<typeof segmentSchema>;
export type LiveBody = z.infer<typeof liveBodySchema>;
export type Body = z.infer<typeof bodySchema>;
