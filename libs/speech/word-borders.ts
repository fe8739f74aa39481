const WORDS = new Intl.Segmenter('zh', { granularity: 'word' });
/** Two words each, which the dictionary of the runtime takes for one: 处长|到岗, 水|没顶, 请|看护, and 卷走|了. */
const TWO_WORDS = /^(?:长到|水没|请看|(?![为除极])\p{Script=Han}了|(?![似目标])\p{Script=Han}的)$/u;

/** The words of a Chinese text in order, nothing left out: 周六安排 is 周六, 安排. */
export function wordsOf(text: string): readonly string[] {
  return [...WORDS.segment(text)].flatMap(({ segment }) => (TWO_WORDS.test(segment) ? [...segment] : [segment]));
}

/** The indices (UTF-16 units) at which a word of the text begins, and its end. */
export function wordBorders(text: string): ReadonlySet<number> {
  const borders = new Set([0]);
  let end = 0;
  for (const word of wordsOf(text)) borders.add((end += word.length));
  return borders;
}
