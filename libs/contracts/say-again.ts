import { z } from 'zod';
import { unixMsSchema } from './ids';

/** POST /api/messages/:id/again: what was said before as a draft of a new message, to be signed and approved anew. */
export const againSchema = z.strictObject({ notBefore: unixMsSchema.optional(), notAfter: unixMsSchema.optional() });
