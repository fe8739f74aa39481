import { z } from 'zod';
import { unixMsSchema } from '#libs/contracts';
import { readWord } from './command';

/** With its zone, for without one nobody can know which hour was meant. */
export const timeWordSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/).transform((word) => Date.parse(word)).pipe(unixMsSchema);

/** A word such as `2026-11-22T14:00+08:00`, in Unix ms; anything else is a usage error. */
export function readTime(word: string, usage: string): number {
  return readWord(timeWordSchema, word, 'is no time such as 2026-11-22T14:00+08:00', usage);
}
