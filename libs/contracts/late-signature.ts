import { z } from 'zod';
import { messageIdSchema, personIdSchema, platformIdSchema, unitIdSchema, unixMsSchema } from './ids';
import { classSchema, roleSchema } from './words';

/** GET /api/late-signatures: what the policy let follow the air and nobody has signed yet. */
export const lateSignatureSchema = z.strictObject({
  message: messageIdSchema, platform: platformIdSchema, author: personIdSchema, class: classSchema.nullable(), title: z.string(),
  step: z.string(), role: roleSchema, unit: unitIdSchema.nullable(), missing: z.int(), airedAt: unixMsSchema, dueAt: unixMsSchema, isOverdue: z.boolean(),
});

export type LateSignature = z.infer<typeof lateSignatureSchema>;
