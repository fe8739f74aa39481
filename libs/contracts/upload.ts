import { z } from 'zod';
import { mediaViewSchema } from './api';
import { unixMsSchema } from './ids';

/** What an upload was like as it was brought, before it was levelled; the figures beside them are those of what is stored. */
export const uploadChecksSchema = z.strictObject({
  integratedCentiLufs: z.int(), truePeakCentiDbtp: z.int(),
  /** Of its 100 ms stretches, in thousandths. */
  silentPermille: z.int().min(0).max(1_000), longestSilenceMs: z.int().min(0), clippedSamples: z.int().min(0),
  warnings: z.array(z.enum(['CLIPPED', 'MOSTLY_SILENT', 'LONG_SILENCE', 'VERY_QUIET'])),
});
/** POST /api/media. */
export const uploadAnswerSchema = mediaViewSchema.extend({ checks: uploadChecksSchema });

/** GET /api/media: what the caller's platform holds, the newest first, and how much room it has. */
export const mediaHoldingsSchema = z.strictObject({
  /** Recordings and their originals, together. */
  usedBytes: z.int(), quotaBytes: z.int(),
  recordings: z.array(mediaViewSchema.extend({
    at: unixMsSchema,
    originalBytes: z.int(),
    /** Messages of the platform that name it: then it stays. */
    named: z.int(),
  })),
});

export type MediaHoldings = z.infer<typeof mediaHoldingsSchema>;
export type UploadChecks = z.infer<typeof uploadChecksSchema>;
export type UploadAnswer = z.infer<typeof uploadAnswerSchema>;
