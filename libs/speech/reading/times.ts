import { cardinal, numberWords } from './number-words';
import { RANGE, ruleOf, sentenceBefore, type Rule } from './token';
import { unitAt } from './units';

const CLOCK = '(\\d{1,2})[:：]([0-5]\\d)(?:[:：]([0-5]\\d))?(?![\\d:：])';
/** `14:30分`, `9：30时`: the word that was written once more is not said twice. 分钟 and 点 make it unclear. */
const AGAIN = '(分(?!之|钟)|时(?!段|间|候|常)|秒|分钟|点)?';
const RATIO_CUE = /(?:比例尺?|配比|比分|比值|稀释|按|兑水?|以)[^，。]{0,4}$/;

/** `6:30-7:00` as one reading. */
const clockRange = ruleOf(new RegExp(`${CLOCK}${AGAIN}\\s?${RANGE}\\s?${CLOCK}${AGAIN}`), ([, h1 = '', m1 = '', s1 = '', again1 = '', h2 = '', m2 = '', s2 = '', again2 = '']) =>
  isAgainUnclear(again1, s1) || isAgainUnclear(again2, s2) ? 'TIME_UNCLEAR' : isHour(h1, m1) && isHour(h2, m2) ? timed(`${clock(h1, m1, s1)}至${clock(h2, m2, s2)}`) : 'TIME_IMPOSSIBLE');

/** `14:02`, `08:30:15`; `1:50` after 按 or 比例 is a ratio. */
const clockTime = ruleOf(new RegExp(`${CLOCK}${AGAIN}`), ([, hour = '', minute = '', second = '', again = ''], place) => {
  if (isAgainUnclear(again, second)) return 'TIME_UNCLEAR';
  if (second === '' && again === '' && RATIO_CUE.test(sentenceBefore(place))) return { read: `${cardinal(hour)}比${cardinal(minute)}`, ends: 'quantity' };
  if (isHour(hour, minute)) return timed(clock(hour, minute, second));
  return second === '' ? 'RATIO_UNCLEAR' : 'TIME_IMPOSSIBLE';
});

/** `3:1`, `30：1`, `1:500`: what cannot be a time of day; behind three digits it may be a number to dial (120：0791); before a unit it may be a label and a count (步骤1：2人); `8:75` without a cue is a time mistyped. */
const ratio = ruleOf(/(\d+(?:\.\d+)?)[:：](\d+(?:\.\d+)?)(?![\d:：])/, ([whole = '', from = '', to = ''], place) => {
  const cued = RATIO_CUE.test(sentenceBefore(place));
  if (!cued && /^[6-9]\d$/.test(to) && /^\d{1,2}$/.test(from) && Number(from) <= 24) return 'TIME_IMPOSSIBLE';
  if (!cued && (from.replace(/\..*/, '').length > 2 || /^0\d/.test(from) || /^0\d/.test(to))) return 'RATIO_UNCLEAR';
  const counted = unitAt(place.text, place.at + whole.length) !== undefined && !cued;
  return counted ? 'RATIO_UNCLEAR' : { read: `${numberWords(from)}比${numberWords(to)}`, ends: 'quantity' };
});

/** `14.30分`, `8.30时` */
const dottedTime = ruleOf(/(?:[01]?\d|2[0-4])\.[0-5]\d(?=[分时点])(?!分[之贝米])/, () => 'TIME_UNCLEAR');

/** `14时02分`, `14点02分30秒`, `8时`; `19点17` has its 分 left out. */
const writtenTime = ruleOf(/(\d{1,2})(时|点)(?:(\d{1,2})分(?!之|钟)(?:(\d{1,2})秒)?|([0-5]\d)(?![\d.,%℃°]))?/, ([whole = '', hour = '', word = '', minute = '', second = '', bare = ''], place) => {
  const tail = minute === '' ? bare : minute;
  if (bare !== '' && unitAt(place.text, place.at + whole.length) !== undefined) return 'TIME_UNCLEAR';
  if (tail === '' && word === '点' && Number(hour) > 24) return undefined;
  if (!isHour(hour, tail === '' ? '0' : tail) || Number(tail) > 59 || Number(second) > 59) return 'TIME_IMPOSSIBLE';
  const read = hourWords(hour, word) + (Number(tail) === 0 && second === '' ? '' : minutes(tail)) + (second === '' ? '' : `${cardinal(second)}秒`);
  return tail === '' && word === '点' ? { read, ends: 'time' } : timed(read);
});

function isAgainUnclear(again: string, second: string): boolean {
  return again === '点' || again === '分钟' || (again !== '' && (again === '秒') !== (second !== ''));
}

function isHour(hour: string, minute: string): boolean {
  return Number(hour) < 24 || (Number(hour) === 24 && Number(minute) === 0);
}

function clock(hour: string, minute: string, second: string): string {
  const sharp = Number(minute) === 0 && second === '';
  return hourWords(hour, '时') + (sharp ? '' : minutes(minute)) + (second === '' ? '' : `${cardinal(second)}秒`);
}

/** 2点 is 两点, 2时 is 二时. */
function hourWords(hour: string, word: string): string {
  return `${word === '点' && Number(hour) === 2 ? '两' : cardinal(hour)}${word}`;
}

/** `02` is 零二分: the zero is heard, so that nobody takes it for twenty. */
function minutes(minute: string): string {
  return `${minute.length === 2 && minute.startsWith('0') && minute !== '00' ? '零' : ''}${cardinal(minute)}分`;
}

function timed(read: string): { readonly read: string; readonly ends: 'time'; readonly flat: true } {
  return { read, ends: 'time', flat: true };
}

export const TIME_RULES: readonly Rule[] = [clockRange, clockTime, ratio, dottedTime, writtenTime];
