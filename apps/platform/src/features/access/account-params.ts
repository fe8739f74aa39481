import { z } from 'zod';
import { accountSchema } from '#libs/contracts';

/** The account that a route names in its path: as strict as in a body, so that no sign reaches the database that it cannot hold. */
export const accountParams = z.object({ account: accountSchema });
export type AccountParams = z.infer<typeof accountParams>;
