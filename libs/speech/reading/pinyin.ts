import { pinyin } from 'pinyin-pro';

const SYLLABLE = /^[a-zü]+[0-4]$/;

/**
 * One syllable for each character, polyphones by word (银行 yin2 hang2), tone 5 for the neutral one; undefined where
 * there is none (punctuation, a character without a known reading).
 */
export function syllablesOf(hanzi: string): readonly (string | undefined)[] {
  const letters = [...hanzi];
  const found = pinyin(hanzi, { toneType: 'num', type: 'array' });
  if (found.length !== letters.length) return letters.map((letter) => syllable(pinyin(letter, { toneType: 'num' })));
  return found.map(syllable);
}

function syllable(found: string): string | undefined {
  return SYLLABLE.test(found) ? found.replace('0', '5') : undefined;
}
