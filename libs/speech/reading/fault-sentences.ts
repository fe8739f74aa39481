import type { ReadingFaultCode } from './token';

/** What a person can do about it. */
export const FAULT_SENTENCES: Readonly<Record<ReadingFaultCode, string>> = {
  DATE_IMPOSSIBLE: 'There is no such date, or the range runs backwards.',
  DATE_UNCLEAR: 'This may be a day or a number with decimals: write 月 and 日, or what it counts.',
  TIME_IMPOSSIBLE: 'There is no such time of day.',
  TIME_UNCLEAR: 'This may be a time or two numbers: write 分, or a comma between them.',
  NUMBER_UNCLEAR: 'It is not clear whether this is a count or a number to dial: write what it counts, or 电话 before it, or write it in characters.',
  NUMBER_RUNS_ON: 'Aloud this runs together with the number before it: write a comma between them, or both in characters with what they count.',
  NUMBER_TOO_LONG: 'This is longer than any count.',
  TWO_UNCLEAR: 'This may be 二 or 两: write it in characters.',
  YEAR_UNCLEAR: 'This may be a year or a count: write 年 behind a year of four digits, or what it counts.',
  DASH_UNCLEAR: 'This dash may be 到, 负 or nothing: write it in characters.',
  FRACTION_UNCLEAR: 'This may be a fraction or a date: write it in characters.',
  RATIO_UNCLEAR: 'This may be a ratio or a time: write 比, or 时 and 分.',
  ROMAN_UNCLEAR: 'These may be letters or a Roman number: write the number in characters, or 级 behind it.',
  SYMBOL_UNCLEAR: 'This sign has no certain reading here: write it in characters.',
  LETTERS_UNKNOWN: 'This word is not in the lexicon: write it in characters, or put it into the lexicon.',
  LETTER_UNCLEAR: 'Aloud, C is 西, D is 第 or 地 and E is 一: name the place otherwise.',
  UNIT_UNCLEAR: 'These letters may be a unit or a name: write the unit in characters.',
  ADDRESS_UNREADABLE: 'Addresses of the internet are not read aloud.',
  CHARACTER_UNKNOWN: 'No voice here can say this character.',
  TEXT_EMPTY: 'There is nothing to say.',
  READINGS_TOO_MANY: 'A message can show only so many readings: split the text.',
};
