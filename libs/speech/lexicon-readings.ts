import type { LexiconEntry } from '#libs/contracts';
import { polyphonic } from 'pinyin-pro';
import { cardinal, digitByDigit } from './reading/number-words';

/** What a word of a list says otherwise than it is written. `index` counts the entries from 0. */
export interface LexiconFault {
  readonly index: number;
  readonly field: 'pinyin' | 'read';
  readonly sentence: string;
}

/**
 * Whether a list makes its words say something else: a character takes only readings that it has (撤离 is never liú xià),
 * in the neutral tone as well behind another one; 一 and 不 change their tones. A word keeps its Chinese characters in
 * their order, and its numbers (8时 is never 九时). A rare reading that the dictionary does not
 * know is not for this list: whoever runs the server puts it into the file that ships.
 */
export function lexiconFaults(entries: readonly LexiconEntry[]): readonly LexiconFault[] {
  return entries.flatMap(({ written, read, pinyin }, index) => {
    const faults: LexiconFault[] = [];
    if (read !== undefined && !keepsItsWords(written, read)) faults.push({ index, field: 'read', sentence: `${read} is not what ${written} says: its Chinese characters and its numbers stay.` });
    const syllables = pinyin.split(' ');
    [...(read ?? written)].forEach((letter, at) => {
      const known = readingsOf(letter);
      const said = syllables[at] ?? '';
      if (!known.has(said) && !(at > 0 && said.endsWith('5') && [...known].some((each) => each.slice(0, -1) === said.slice(0, -1)))) {
        faults.push({ index, field: 'pinyin', sentence: `${letter} is read ${[...known].join(' or ')}, not ${said}: a rarer reading is put into the lexicon file of the server (CLARION_SPEECH_LEXICON) by whoever runs it.` });
      }
    });
    return faults;
  });
}

const CHANGED: Readonly<Record<string, readonly string[]>> = { 一: ['yi2', 'yi4'], 不: ['bu2'] };

function readingsOf(letter: string): ReadonlySet<string> {
  const known = polyphonic(letter, { toneType: 'num', type: 'array' })[0] ?? [];
  return new Set([...known.map((each) => each.replace(/0$/, '5')), ...(CHANGED[letter] ?? [])]);
}

/** Latin letters may be said in any way; digits are read one by one, as a count or on the telephone. */
function keepsItsWords(written: string, read: string): boolean {
  const parts = written.match(/\p{Script=Han}+|\d+|[A-Za-z]+/gu) ?? [];
  const pattern = parts.map((part) => {
    if (/^\d/.test(part)) return `(?:${[digitByDigit(part), digitByDigit(part, '幺'), ...(part.length <= 16 ? [cardinal(part)] : [])].join('|')})`;
    return /^[A-Za-z]/.test(part) ? '\\p{Script=Han}+' : part;
  });
  return new RegExp(`^${pattern.join('')}$`, 'u').test(read);
}
