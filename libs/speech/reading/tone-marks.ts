const MARKED: Readonly<Record<string, string>> = { a: 'āáǎà', e: 'ēéěè', i: 'īíǐì', o: 'ōóǒò', u: 'ūúǔù', ü: 'ǖǘǚǜ' };

/** `le4 hua4` as `lè huà`: how a reading is shown. The mark stands on a or e, else on o of ou, else on the last vowel. */
export function toneMarks(pinyin: string): string {
  return pinyin.split(' ').map(marked).join(' ');
}

function marked(syllable: string): string {
  const tone = Number(syllable.slice(-1));
  const letters = syllable.slice(0, -1).replace('v', 'ü');
  if (tone === 5) return letters;
  const at = /[ae]/.exec(letters)?.index ?? /ou/.exec(letters)?.index ?? /[iouü](?=[^iouü]*$)/.exec(letters)?.index;
  if (at === undefined) return letters;
  return letters.slice(0, at) + (MARKED[letters.charAt(at)]?.charAt(tone - 1) ?? letters.charAt(at)) + letters.slice(at + 1);
}
