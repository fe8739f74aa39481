/** Full width, case and invisible letters hide nothing. */
export function plainOf(text: string): string {
  return text.normalize('NFKC').replace(/\p{Cf}/gu, '').toLowerCase();
}

export function bareOf(sentence: string): string {
  return sentence.replaceAll(' ', '');
}

/** Letters and digits, everything else a single blank; none between Han characters, where blanks mean nothing. */
export function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim().replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
}
