import { lexiconEntrySchema, type LexiconEntry } from '#libs/contracts';
import { z } from 'zod';
import { wordBorders } from './word-borders';

/** Words whose reading is settled: places, polyphones, words with letters. Looked up by the longest match. */
export interface Lexicon {
  /**
   * The longest entry that stands at `at`; one with Latin letters only as a whole word. What ships counts only where no
   * word of the text crosses its borders (六安 is not in 周六安排; a word that begins with 长
   * may begin within a title), what a platform wrote wherever it stands, though not
   * into a longer word of its own. A title in 长 (镇长) gives way to a word that begins with that 长 (镇 + 长青,
   * 会 + 长时间) and to a measure (支流河 + 长12公里).
   */
  at(text: string, at: number): LexiconEntry | undefined;
}

/** Parses a lexicon file; throws with every bad entry. */
export function readLexicon(content: unknown): readonly LexiconEntry[] {
  return z.array(lexiconEntrySchema).parse(content);
}

/** What ships, then the lists of the platforms: the district's, then the village's. Later lists win over earlier ones. */
export function lexiconOf(shipped: readonly LexiconEntry[] = [], ...own: readonly (readonly LexiconEntry[])[]): Lexicon {
  const ownEntries = new Map(own.flat().map((entry) => [entry.written, entry]));
  const ownStanding = standingIn([...ownEntries.values()]);
  const shippedStanding = standingIn(shipped.filter(({ written }) => !ownEntries.has(written)));
  const borders = bordersOfLast();

  const reachesPast = (text: string, at: number, end: number, length: number): boolean => {
    for (let inside = at + 1; inside < end; inside += 1) {
      if (ownStanding(text, inside).some(({ written }) => written.length > length && inside + written.length > end)) return true;
    }
    return false;
  };
  const ownAt = (text: string, at: number): readonly LexiconEntry[] =>
    ownStanding(text, at).filter(({ written }) => !reachesPast(text, at, at + written.length, written.length));
  const shippedAt = (text: string, at: number): readonly LexiconEntry[] => shippedStanding(text, at).filter(({ written, kind }) => {
    const end = at + written.length;
    const begins = borders(text).has(at) || written.startsWith('长');
    const ends = borders(text).has(end) || (kind === 'place' && AFTER_PLACE.has(text.charAt(end)));
    return (!HAN.test(written) || (begins && ends)) && !reachesPast(text, at, end, 0);
  });
  const givesWay = (text: string, at: number, { written, pinyin }: LexiconEntry): boolean => {
    const last = at + written.length - 1;
    return written.endsWith('长') && pinyin.endsWith(' zhang3') && (isMeasured(text, last) || ownAt(text, last).length + shippedAt(text, last).length > 0);
  };
  return {
    at: (text, at) => {
      const entries = [...ownAt(text, at), ...shippedAt(text, at)].sort((a, b) => b.written.length - a.written.length);
      return entries.find((entry) => !givesWay(text, at, entry)) ?? (isMeasured(text, at) ? LENGTH : undefined);
    },
  };
}

const HAN = /^\p{Script=Han}+$/u;
/** The dictionary of the runtime knows few places: 万载到 is not 万, 载到. */
const AFTER_PLACE = new Set('到在往向至和有将');
const LENGTH: LexiconEntry = { written: '长', pinyin: 'chang2', kind: 'polyphone' };
const MEASURED = /长(?:大?约|达|近|超过?|不足|共|为)?\s?(?:\d[\d.,]*|[一二三四五六七八九十百千万几两数]+)(?:[-~至到]\d[\d.]*)?\s?[多余万]?\s?(?:米|公里|千米|厘米|里(?!面|屋)|km|m(?![a-z]))/y;

function isMeasured(text: string, at: number): boolean {
  MEASURED.lastIndex = at;
  return MEASURED.test(text);
}

/** The entries written at a place of a text, longest first. */
function standingIn(entries: readonly LexiconEntry[]): (text: string, at: number) => readonly LexiconEntry[] {
  const byFirst = new Map<string, LexiconEntry[]>();
  for (const entry of [...entries].sort((a, b) => b.written.length - a.written.length)) {
    const first = entry.written.charAt(0);
    byFirst.set(first, [...(byFirst.get(first) ?? []), entry]);
  }
  return (text, at) => (byFirst.get(text.charAt(at)) ?? []).filter(({ written }) => text.startsWith(written, at) && isWhole(text, at, written));
}

/** A text is looked through place by place: its words are found once. */
function bordersOfLast(): (text: string) => ReadonlySet<number> {
  let last = { text: '', borders: wordBorders('') };
  return (text) => {
    if (last.text !== text) last = { text, borders: wordBorders(text) };
    return last.borders;
  };
}

function isWhole(text: string, at: number, written: string): boolean {
  const before = text.charAt(at - 1) + written.charAt(0);
  const after = written.slice(-1) + text.charAt(at + written.length);
  return !/^[A-Za-z0-9]{2}$/.test(before) && !/^[A-Za-z0-9]{2}$/.test(after);
}
