/** Why a place of a text cannot be read for certain. Closed list. */
export type ReadingFaultCode =
  | 'DATE_IMPOSSIBLE' | 'DATE_UNCLEAR' | 'TIME_IMPOSSIBLE' | 'TIME_UNCLEAR' | 'NUMBER_UNCLEAR' | 'NUMBER_RUNS_ON' | 'NUMBER_TOO_LONG' | 'TWO_UNCLEAR' | 'YEAR_UNCLEAR'
  | 'DASH_UNCLEAR' | 'FRACTION_UNCLEAR' | 'RATIO_UNCLEAR' | 'ROMAN_UNCLEAR' | 'SYMBOL_UNCLEAR'
  | 'LETTERS_UNKNOWN' | 'LETTER_UNCLEAR' | 'UNIT_UNCLEAR' | 'ADDRESS_UNREADABLE' | 'CHARACTER_UNKNOWN' | 'TEXT_EMPTY' | 'READINGS_TOO_MANY';

/** What a stretch of the text is read as. */
export interface ReadToken {
  readonly length: number;
  /** Hanzi; a comma in it is a short pause. */
  readonly read: string;
  /** What may follow it after a dash: nothing but a clock or calendar value, or another count. */
  readonly ends?: 'time' | 'quantity';
  /** What a quantity is counted in, as it is said: a dash after it joins it only to another of the same. */
  readonly unit?: string;
  /** Whether 一 keeps its own tone in it: digit by digit, in ordinals, dates and grades. */
  readonly flat?: boolean;
  /** Characters before it that belong to what is shown: 苏 of 苏-27. */
  readonly shownBefore?: number;
}

export interface FaultToken {
  readonly length: number;
  readonly fault: ReadingFaultCode;
}

export type Token = ReadToken | FaultToken;

/** Where a rule looks. `text` is folded (full-width letters, digits and signs as ASCII), index for index as long as the original. */
export interface Place {
  readonly text: string;
  readonly at: number;
  /** What the token directly before ended as; undefined after anything else. */
  readonly last: ReadToken['ends'];
  /** What the quantity directly before was counted in. */
  readonly lastUnit: string | undefined;
  /** Whether a Chinese character that is no part of a token stands directly before. */
  readonly afterHan: boolean;
}

/** Reads what begins at the place; undefined when it is not this rule's affair. */
export type Rule = (place: Place) => Token | undefined;

/** A rule of one sticky pattern. */
export function ruleOf(pattern: RegExp, make: (found: readonly string[], place: Place) => Omit<ReadToken, 'length'> | ReadingFaultCode | undefined): Rule {
  const sticky = new RegExp(pattern.source, `${pattern.flags}y`);
  return (place) => {
    sticky.lastIndex = place.at;
    const match = sticky.exec(place.text);
    if (match === null) return undefined;
    const made = make([...match].map((part: string | undefined) => part ?? ''), place);
    if (made === undefined) return undefined;
    return typeof made === 'string' ? { length: match[0].length, fault: made } : { length: match[0].length, ...made };
  };
}

/** The words before the place in the same sentence, for cues such as 电话. */
export function sentenceBefore({ text, at }: Place): string {
  return text.slice(Math.max(0, at - 40), at).replace(/^[^]*[。！？；\n]/, '');
}

const MINUS_BEGINS = /(?:^|[\s，。、；：！？,;:（(“"‘'《【~…]|[至到为达约]|低于|高于|最低|最高|气温|温度|水温|体温|降|增长|增速|增幅|同比|环比)$/;

/** Whether a sign here belongs to the number behind it: where a value may begin, and never right after another one. */
export function minusBegins({ text, at, last }: Place): boolean {
  return last === undefined && MINUS_BEGINS.test(text.slice(Math.max(0, at - 4), at));
}

/** Between two numbers of one range. */
export const RANGE = '(?:[-~]|—{1,2}|至|到)';
