import type { MessageClass, Mode } from '#libs/contracts';
import { deniesDrill, drillFaultsOf, namesDrill, saysDrill, saysTest } from '#libs/domain';
import type { FieldError } from '../../kernel/errors';

/** Words and where they stand. Undefined: that field was not readable. */
export interface Words {
  readonly path: string;
  readonly text: string | undefined;
}

/**
 * Why these words of a drill, or of what takes it back, do not say that it is one: DRILL_TITLE for a title without the
 * word for it, DRILL_NOT_SAID_FIRST, DRILL_NOT_SAID_LAST and DRILL_DENIED for each text, in every language.
 */
export function drillWordFaults(mode: Mode | undefined, titles: readonly Words[], texts: readonly Words[]): readonly FieldError[] {
  if (mode !== 'drill') return [];
  return [
    ...titles.filter(({ text }) => text !== undefined && (!namesDrill(text) || deniesDrill(text))).map(({ path }) => ({ path, code: 'DRILL_TITLE', sentence: 'The title of a drill says that it is one (演练).' })),
    ...texts.flatMap(({ path, text }) => (text === undefined ? [] : drillFaultsOf(path, text))),
  ];
}

/**
 * ACTUAL_SAYS_DRILL for every title and text of an actual warning that says it is a drill, a test or a simulation: a siren that people are told to
 * ignore. Notices may announce a coming drill.
 */
export function saysDrillFaults(
  { class: kind, mode }: { readonly class: MessageClass | undefined; readonly mode: Mode | undefined },
  words: readonly Words[],
): readonly FieldError[] {
  if (mode !== 'actual' || (kind !== 'emergency' && kind !== 'advisory')) return [];
  return words.filter(({ text }) => text !== undefined && (saysDrill(text) || saysTest(text)))
    .map(({ path }) => ({ path, code: 'ACTUAL_SAYS_DRILL', sentence: 'What is meant does not say that it is a drill or a test; plan a drill, or announce it with a notice.' }));
}
