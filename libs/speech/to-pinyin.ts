import { pinyin } from 'pinyin-pro';

const SYLLABLE = /^[a-zü]+[0-4]$/;

/** Pauses espeak-ng understands. */
const PAUSES: Readonly<Record<string, string>> = { '，': ', ', '、': ', ', '。': '. ', '；': '; ', '：': ': ', '！': '! ', '？': '? ' };

/**
 * Hanzi and Chinese punctuation as numbered pinyin for the voice `cmn-latn-pinyin`, polyphones by word (银行 yin2 hang2).
 * The voice wants the neutral tone as 5 and ü as v; with 0 and ü it falls back to English letters.
 * Undefined for anything else (digits, Latin letters, unknown characters): read out by guesswork they would be wrong.
 */
export function toPinyin(text: string): string | undefined {
  const parts = [...text].some((letter) => letter.trim() === '') ? undefined : pinyin(text, { toneType: 'num', type: 'array' });
  if (parts === undefined) return undefined;
  let written = '';
  for (const part of parts) {
    const pause = PAUSES[part];
    if (pause !== undefined) written = written.trimEnd() + pause;
    else if (SYLLABLE.test(part)) written += `${part.replace('0', '5').replace('ü', 'v')} `;
    else return undefined;
  }
  const trimmed = written.trim();
  return /[a-z]/.test(trimmed) ? trimmed : undefined;
}
