import { z } from 'zod';
import { areaIdSchema, areaViewSchema, type AreaId } from '#libs/contracts';
import { STOP_MS } from '../api-client';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';

/**
 * The area that a word names: its id, or its 12-digit code as compose files take it. Codes are known to the API server
 * alone; where it does not answer a stop must not wait for it: AREA_UNKNOWN says that the id does without.
 */
export async function areaNamed(context: Context, word: string, usage: string): Promise<AreaId> {
  const id = areaIdSchema.safeParse(word);
  if (!/^[0-9]{12}$/.test(word)) {
    if (id.success) return id.data;
    throw new CliError('USAGE', `"${word}" is not an area id; ./clarion areas lists them\nUsage: ./clarion ${usage}`, EXIT.usage);
  }
  const listed = context.api.isSignedIn() ? await context.api.get('/api/areas', z.array(areaViewSchema), STOP_MS).catch(() => undefined) : undefined;
  const found = listed?.find((row) => row.codes.includes(word));
  if (found !== undefined) return found.id;
  throw new CliError('AREA_UNKNOWN', listed === undefined ? `Which area has the code ${word} cannot be asked now; name it by its id` : `You see no area with the code ${word}; ./clarion areas lists them`);
}
