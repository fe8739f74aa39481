import { z } from 'zod';

/** The readable head of a key file; `libs/suites` checks the rest when it opens one. */
export const keyFileHeadSchema = z.looseObject({
  keyId: z.string(),
  kdf: z.object({ name: z.literal('scrypt'), N: z.number(), r: z.number(), p: z.number(), salt: z.string() }),
});
