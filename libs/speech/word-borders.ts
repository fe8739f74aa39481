const WORDS = new Intl.Segmenter('zh', { granularity: 'word' });
/** Two words each, which the dictionary of the runtime takes for one: 处长|到岗, 水|没顶. */
const CUT_AFTER_FIRST = new Set(['长到', '水没']);

/** The words of a Chinese text in order, nothing left out: 周六安排 is 周六, 安排. */
export function wordsOf(text: string): readonly string[] {
  return [...WORDS.segment(text)].flatMap(({ segment }) => (CUT_AFTER_FIRST.has(segment) ? [...segment] : [segment]));
}

/** The indices (UTF-16 units) at which a word of the text begins, and its end. */
export function wordBorders(text: string): ReadonlySet<number> {
  const borders = new Set([0]);
  let end = 0;
  for (const word of wordsOf(text)) borders.add((end += word.length));
  return borders;
}
