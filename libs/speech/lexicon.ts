import { lexiconEntrySchema, type LexiconEntry } from '#libs/contracts';
import { z } from 'zod';

/** Words whose reading is settled: places, polyphones, words with letters. Looked up by the longest match. */
export interface Lexicon {
  /**
   * The longest entry that stands at `at`; one with Latin letters only as a whole word. A title in 长 (镇长) gives way to
   * a word that begins with that 长: 镇 + 长青, 会 + 长时间.
   */
  at(text: string, at: number): LexiconEntry | undefined;
}

/** Parses a lexicon file; throws with every bad entry. */
export function readLexicon(content: unknown): readonly LexiconEntry[] {
  return z.array(lexiconEntrySchema).parse(content);
}

/** Later lists win over earlier ones: the base first, then the district's, then the village's. */
export function lexiconOf(...lists: readonly (readonly LexiconEntry[])[]): Lexicon {
  const entries = new Map(lists.flat().map((entry) => [entry.written, entry]));
  const byFirst = new Map<string, LexiconEntry[]>();
  for (const entry of [...entries.values()].sort((a, b) => b.written.length - a.written.length)) {
    const first = entry.written.charAt(0);
    byFirst.set(first, [...(byFirst.get(first) ?? []), entry]);
  }
  const standing = (text: string, at: number): readonly LexiconEntry[] =>
    (byFirst.get(text.charAt(at)) ?? []).filter(({ written }) => text.startsWith(written, at) && isWhole(text, at, written));
  const isTitle = ({ written, pinyin }: LexiconEntry): boolean => written.endsWith('长') && pinyin.endsWith(' zhang3');
  return {
    at: (text, at) => standing(text, at).find((entry) => !isTitle(entry) || standing(text, at + entry.written.length - 1).length === 0),
  };
}

function isWhole(text: string, at: number, written: string): boolean {
  const before = text.charAt(at - 1) + written.charAt(0);
  const after = written.slice(-1) + text.charAt(at + written.length);
  return !/^[A-Za-z0-9]{2}$/.test(before) && !/^[A-Za-z0-9]{2}$/.test(after);
}
