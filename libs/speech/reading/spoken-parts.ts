import { syllablesOf } from './pinyin';

/** A stretch of the text and the Hanzi or the punctuation mark that is said for it. */
export interface Piece {
  readonly at: number;
  readonly written: string;
  readonly read: string;
  /** From the lexicon, one for each character. */
  readonly syllables?: readonly string[];
  /** 一 keeps its first tone. */
  readonly flat?: boolean;
}

/** What is said in one breath, at most a sentence. */
export interface SpokenPart {
  /** Chinese characters and punctuation: what an engine that reads Chinese gets. */
  readonly text: string;
  /** The same as numbered pinyin, tone 5 neutral, ü as v, with `,` `.` `!` `?` for pauses. */
  readonly pinyin: string;
}

/** A longer sentence is cut at its commas: engines are made for sentences. */
const LONG = 80;
const ENDS = new Set(['。', '！', '？']);
const PAUSES: Readonly<Record<string, string>> = { '，': ',', '、': ',', '；': ';', '：': ':', '。': '.', '！': '!', '？': '?' };

interface Sign {
  readonly letter: string;
  readonly piece: Piece;
  readonly syllable: string | undefined;
}

/** A character of the text whose reading only its author can settle, and how it will be said. */
export interface Doubt {
  readonly piece: Piece;
  readonly said: string;
}

/** Sentences with their pinyin; `unknown` are the pieces with a character that has no reading. */
export function partsOf(pieces: readonly Piece[]): { readonly parts: readonly SpokenPart[]; readonly unknown: readonly Piece[]; readonly doubts: readonly Doubt[] } {
  const sentences = split(pieces.flatMap((piece) => [...piece.read].map((letter, index): Sign => ({ letter, piece, syllable: piece.syllables?.[index] }))));
  const unknown = new Set<Piece>();
  const doubts: Doubt[] = [];
  const parts = sentences.map((signs): SpokenPart => {
    const text = signs.map(({ letter }) => letter).join('');
    const guessed = syllablesOf(text);
    let pinyin = '';
    signs.forEach(({ letter, piece, syllable }, index) => {
      const pause = PAUSES[letter];
      const said = syllable ?? (letter === '一' && piece.flat === true ? 'yi1' : guessed[index]?.said);
      if (syllable === undefined && guessed[index]?.doubtful === true && said !== undefined && piece.written === letter) doubts.push({ piece, said });
      if (pause !== undefined) pinyin = `${pinyin.trimEnd()}${pause} `;
      else if (said === undefined) unknown.add(piece);
      else pinyin += `${said.replace('ü', 'v')} `;
    });
    return { text, pinyin: pinyin.trim() };
  });
  return { parts, unknown: [...unknown], doubts };
}

/** Cuts at sentence ends, and long sentences at their commas; doubled marks become one, marks at the beginning fall away. */
function split(signs: readonly Sign[]): readonly (readonly Sign[])[] {
  const sentences: Sign[][] = [];
  let current: Sign[] = [];
  for (const sign of signs) {
    const previous = current.at(-1);
    if (!(sign.letter in PAUSES)) current.push(sign);
    else if (previous === undefined) continue;
    else if (!(previous.letter in PAUSES)) current.push(sign);
    else if (ENDS.has(sign.letter) && !ENDS.has(previous.letter)) current[current.length - 1] = sign;
    if (current.length > 0 && (ENDS.has(sign.letter) || (current.length >= LONG && sign.letter in PAUSES))) {
      sentences.push(current);
      current = [];
    }
  }
  if (current.length > 0) sentences.push(current);
  return sentences;
}
