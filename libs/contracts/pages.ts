import { z } from 'zod';
import { digestSchema, unixMsSchema } from './ids';

/** `build.json` beside the signing pages: what they are made of. `hash` = SHA-256 over one line "<sha256>  <path>\n" for each file, sorted by path. */
export const pagesBuildSchema = z.strictObject({
  format: z.literal('clarion-pages.v1'),
  hash: digestSchema,
  files: z.array(z.strictObject({ path: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9_./-]{0,199}$/), sha256: digestSchema, bytes: z.int().min(0) })).min(1).max(100),
});
/** GET /api/signing-pages: where people sign, and what the server saw there. */
export const signingPagesSchema = z.strictObject({
  origins: z.array(z.string()),
  /** The first of them, as the server fetches it; null where it was not told to look (CLARION_SIGN_ORIGIN). `altered`: the files are not those of their manifest. */
  watched: z.strictObject({ origin: z.string(), state: z.enum(['told', 'altered', 'unreachable']), hash: digestSchema.nullable(), lookedAt: unixMsSchema }).nullable(),
});
export type SigningPagesView = z.infer<typeof signingPagesSchema>;
export type PagesBuild = z.infer<typeof pagesBuildSchema>;
