import { z } from 'zod';
import { digestSchema } from './ids';

/** `build.json` beside the signing pages: what they are made of. `hash` = SHA-256 over one line "<sha256>  <path>\n" for each file, sorted by path. */
export const pagesBuildSchema = z.strictObject({
  format: z.literal('clarion-pages.v1'),
  hash: digestSchema,
  files: z.array(z.strictObject({ path: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9_./-]{0,199}$/), sha256: digestSchema, bytes: z.int().min(0) })).min(1).max(100),
});
export type PagesBuild = z.infer<typeof pagesBuildSchema>;
