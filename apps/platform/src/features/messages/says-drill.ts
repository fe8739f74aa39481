import type { MessageClass, Mode } from '#libs/contracts';
import { saysDrill } from '#libs/domain';
import type { FieldError } from '../../kernel/errors';

/**
 * ACTUAL_SAYS_DRILL for every title and text of an actual warning that says it is a drill: a siren that people are told to
 * ignore. Notices may announce a coming drill.
 */
export function saysDrillFaults(
  { class: kind, mode }: { readonly class: MessageClass | undefined; readonly mode: Mode | undefined },
  words: readonly { readonly path: string; readonly text: string | undefined }[],
): readonly FieldError[] {
  if (mode !== 'actual' || (kind !== 'emergency' && kind !== 'advisory')) return [];
  return words.filter(({ text }) => text !== undefined && saysDrill(text))
    .map(({ path }) => ({ path, code: 'ACTUAL_SAYS_DRILL', sentence: 'What is meant does not say that it is a drill; plan a drill, or announce it with a notice.' }));
}
