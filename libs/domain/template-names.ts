import { SEVERITIES } from './classes';

/** Words that many names of a list share: they tell nothing apart. The levels do, and are compared by themselves. */
const LEVELS = Object.values(SEVERITIES).map(({ zh }) => zh).filter((zh) => zh.length > 1);
const SHARED = new RegExp('预警|警报|信号|演练|通知|[：:，,。·\\s]', 'gu');

/**
 * Whether two names of one list could be taken for one another: the same level (or none) and, apart from what every name
 * has, the same words, one the beginning of the other, or more than half of the letters alike (Hawaii 2018: "test
 * missile alert" beside "missile alert").
 */
export function confusable(one: string, other: string): boolean {
  if (levelOf(one) !== levelOf(other)) return false;
  const [a, b] = [coreOf(one), coreOf(other)];
  if (a.startsWith(b) || b.startsWith(a)) return true;
  return editDistance(a, b) * 2 < Math.max(a.length, b.length);
}

function levelOf(name: string): string {
  return LEVELS.find((level) => name.includes(level)) ?? '';
}

function coreOf(name: string): string {
  return LEVELS.reduce((rest, level) => rest.replaceAll(level, ''), name).replace(SHARED, '');
}

/** Letters to insert, remove or change to make one of the other (Levenshtein). */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
