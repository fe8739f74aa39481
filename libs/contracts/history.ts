import { z } from 'zod';
import { envelopeSchema } from './envelope-shape';
import { plainText, platformIdSchema, unixMsSchema } from './ids';

/**
 * GET /api/history: set where the database is an older copy that somebody put back. `logs`: how far they once went;
 * `missing`: documents that were in force, with their envelopes where the server still has them.
 */
export const historyViewSchema = z.strictObject({
  doubt: z.strictObject({
    since: unixMsSchema,
    logs: z.array(z.strictObject({ platform: platformIdSchema, treeSize: z.int() })),
    missing: z.array(z.strictObject({ word: z.enum(['root', 'charter', 'roster', 'revocation']), platform: platformIdSchema, version: z.int(), envelope: envelopeSchema.nullable() })),
  }).nullable(),
});
/** POST /api/history/epoch: why it was put back, for the audit. */
export const raiseEpochSchema = z.strictObject({ reason: plainText(200).min(1) });

export type HistoryView = z.infer<typeof historyViewSchema>;
