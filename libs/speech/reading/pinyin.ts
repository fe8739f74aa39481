import { pinyin, segment } from 'pinyin-pro';
import { wordBorders, wordsOf } from '../word-borders';
import { settledIn } from './polyphones';

export interface Syllable {
  /** Tone 5 is the neutral one; undefined where there is none (punctuation, a character without a known reading). */
  readonly said: string | undefined;
  /** Another reading would be another word, and nothing in the text settles which: whoever writes must see this one. */
  readonly doubtful: boolean;
}

/** By what follows, also in the next word. */
const CHANGES_TONE = new Set('一不');
/** So frequent, and as words of their own so well read by their neighbours, that showing them would hide the rest. */
const LEFT_TO_CONTEXT = new Set('的了着不一得地');
/** Read in two ways as words of their own, both usual in notices. */
const OPEN_WHEN_ALONE = new Set('长重行调倒没种处传卷载盛撒圈陂圩涨转藏薄落露背降晕曲乐朝冲卡扎散数干难量假空应吐削剥泊扇钻钉折系校弹宁切巷畜舍埋供埔');

/**
 * One syllable for each character, polyphones by word (银行 yin2 hang2). The words are those of the whole text: 没 and
 * 收到 in 没收到通知, not 没收; what their neighbours settle comes first (polyphones.ts). Characters that stand alone are read together with their like beside them.
 */
export function syllablesOf(hanzi: string): readonly Syllable[] {
  const inContext = spellingsOf(hanzi);
  const settled = settledIn(hanzi, wordBorders(hanzi));
  const syllables: Syllable[] = [];
  for (const { text, loose } of runsOf(hanzi)) {
    const letters = [...text];
    const alone = loose ? aloneIn(text) : new Set();
    spellingsOf(text).forEach((byWord, index) => {
      const letter = letters[index] ?? '';
      const context = inContext[syllables.length];
      const known = settled.get(syllables.length);
      if (known !== undefined) {
        syllables.push({ said: known.said, doubtful: known.shown });
        return;
      }
      const said = CHANGES_TONE.has(letter) || (loose && LEFT_TO_CONTEXT.has(letter)) ? context : byWord;
      syllables.push({ said, doubtful: !LEFT_TO_CONTEXT.has(letter) && said !== undefined && (byWord !== context || (alone.has(index) && OPEN_WHEN_ALONE.has(letter))) });
    });
  }
  return syllables;
}

/** Words of several characters each by itself; neighbouring words of one character (loose ones) together. */
function runsOf(hanzi: string): readonly { readonly text: string; readonly loose: boolean }[] {
  const runs: { text: string; loose: boolean }[] = [];
  for (const word of wordsOf(hanzi)) {
    const loose = [...word].length === 1;
    const last = runs.at(-1);
    if (loose && last?.loose === true) last.text += word;
    else runs.push({ text: word, loose });
  }
  return runs;
}

/** The places of a run's characters that are no part of a word known to the dictionary of readings. */
function aloneIn(run: string): ReadonlySet<number> {
  const places = new Set<number>();
  let at = 0;
  for (const { origin } of segment(run)) {
    const length = [...origin].length;
    if (length === 1) places.add(at);
    at += length;
  }
  return places;
}

function spellingsOf(hanzi: string): readonly (string | undefined)[] {
  const letters = [...hanzi];
  const found = pinyin(hanzi, { toneType: 'num', type: 'array' });
  return (found.length === letters.length ? found : letters.map((letter) => pinyin(letter, { toneType: 'num' }))).map(spelling);
}

const SPELLING = /^[a-zü]+[0-4]$/;

function spelling(found: string): string | undefined {
  return SPELLING.test(found) ? found.replace('0', '5') : undefined;
}
