import { cardinal, digitByDigit } from './number-words';
import { RANGE, ruleOf, type Rule } from './token';
import { unitAt } from './units';

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Four digits before 年 are a year in this span, digit by digit; outside it they count years. */
const isYear = (digits: string): boolean => Number(digits) >= 1900 && Number(digits) <= 2199;
const isMonth = (month: string): boolean => Number(month) >= 1 && Number(month) <= 12;
const isDay = (month: string, day: string): boolean => isMonth(month) && Number(day) >= 1 && Number(day) <= (DAYS[Number(month) - 1] ?? 0);
/** 29 February only in leap years. */
const isDate = (year: string, month: string, day: string): boolean =>
  isDay(month, day) && (Number(month) !== 2 || Number(day) < 29 || isLeap(Number(year)));
/** A range within one month or of years runs forward; one that does not is a slip of the hand. */
const runsOn = (from: string, until: string): boolean => until === '' || Number(from) <= Number(until);
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** `2026-11-22`, `2026/11/22`, `2026.11.22`: year digit by digit. */
const isoDate = ruleOf(/(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d.])/, ([, year = '', , month = '', day = '']) =>
  isYear(year) && isDate(year, month, day) ? dated(`${digitByDigit(year)}年${cardinal(month)}月${cardinal(day)}日`) : 'DATE_IMPOSSIBLE');

/** `2021-2025年` */
const yearRange = ruleOf(new RegExp(`(\\d{4})${RANGE}(\\d{4})(年|学年)`), ([, from = '', to = '', word = '']) =>
{
  if (!isYear(from) || !isYear(to)) return undefined;
  return runsOn(from, to) ? dated(`${digitByDigit(from)}至${digitByDigit(to)}${word}`) : 'DATE_IMPOSSIBLE';
});

/** `2026年`, `2026年11月`, `2026年11月22日`, `2026年11月21-23日`; also 2026届, 2026年度 */
const writtenDate = ruleOf(new RegExp(`(\\d{4})(?:年(?:(\\d{1,2})月(?:(\\d{1,2})(?:${RANGE}(\\d{1,2}))?([日号]))?)?|(?=届))`), ([whole = '', year = '', month = '', day = '', until = '', suffix = '']) => {
  if (!isYear(year)) return month === '' ? undefined : 'DATE_IMPOSSIBLE';
  const read = `${digitByDigit(year)}${whole.includes('年') ? '年' : ''}`;
  if (month === '') return dated(read);
  if (day === '') return isMonth(month) ? dated(`${read}${cardinal(month)}月`) : 'DATE_IMPOSSIBLE';
  const possible = isDate(year, month, day) && (until === '' || isDate(year, month, until)) && runsOn(day, until);
  return possible ? dated(`${read}${monthDay(month, day, until, suffix)}`) : 'DATE_IMPOSSIBLE';
});

/** `11月21日`, `11月21-23日` */
const dayOfYear = ruleOf(new RegExp(`(\\d{1,2})月(\\d{1,2})(?:${RANGE}(\\d{1,2}))?([日号])`), ([, month = '', day = '', until = '', suffix = '']) =>
  isDay(month, day) && (until === '' || isDay(month, until)) && runsOn(day, until) ? dated(monthDay(month, day, until, suffix)) : 'DATE_IMPOSSIBLE');

/** `11月`, `6-9月` and nothing with a count (3个月). */
const month = ruleOf(new RegExp(`(\\d{1,2})(?:${RANGE}(\\d{1,2}))?月`), ([, from = '', to = '']) =>
  isMonth(from) && (to === '' || isMonth(to)) ? dated(`${cardinal(from)}${to === '' ? '' : `至${cardinal(to)}`}月`) : 'DATE_IMPOSSIBLE');

/** `21日`, `21-23日` */
const day = ruleOf(new RegExp(`(\\d{1,2})(?:${RANGE}(\\d{1,2}))?日`), ([, from = '', to = '']) =>
  [from, to === '' ? '1' : to].every((each) => Number(each) >= 1 && Number(each) <= 31) && runsOn(from, to) ? dated(`${cardinal(from)}${to === '' ? '' : `至${cardinal(to)}`}日`) : 'DATE_IMPOSSIBLE');

/** `5·12`: a day that gave something its name. Of a month in two digits it has no certain form (10·1 is 十一, 12·9 is 一二九). */
const namedDay = ruleOf(/(\d{1,2})[·•](\d{1,2})(?!\d)/, ([, month = '', day = '']) =>
  !isDay(month, day) ? 'DATE_IMPOSSIBLE' : month.length > 1 ? 'DATE_UNCLEAR' : { read: digitByDigit(month + day), flat: true });

const DAY_BEFORE = /(?:定|将|拟)于$/;
const DAY_AFTER = /^ ?(?:上午|下午|中午|凌晨|晚(?!会|宴|稻|报)|早(?!稻|班|餐|报)|夜(?!市|班|校)|当[天日]|期间|日)/;
const MAYBE_BEFORE = /(?:(?<![低高大小等少多优位近介处])于|自|日期[:：]?)$/;
const MAYBE_AFTER = /^ ?(?:前|后|以前|以后|之前|之后|起|号|开始)/;
const HOUR_BEFORE = /(?:上午|下午|中午|凌晨|晚上|早上|傍晚|[今明昨后当次][天日早晚晨夜]|周[一二三四五六日天]|星期[一二三四五六日天]) ?$/;
/** Beside these a decimal without a unit is a value. */
const VALUE_BEFORE = /(?:[低高大小等少多优]于|[为达约至到超近]|水位|流量|雨量|库容|震级|里氏|指数|系数|浓度|率|值|幅|pH|PH|ＰＨ)[:： ]?$/;
const VALUE_AFTER = /^ ?(?:以[上下内]|左右|上下|倍|[至到和或比]|[-~—])/;

/** `11.28上午`, `定于11.28`, `11.22-11.25期间`: a day beside such words; `于7.20`, `7.20特大暴雨`, `今天8.30` may be one, a time or a count. `3.5米` stays a count. */
const dottedDay = ruleOf(new RegExp(`(\\d{1,2})\\.(\\d{1,2})(?:[ \\t]?${RANGE}[ \\t]?(\\d{1,2})\\.(\\d{1,2}))?(?![\\d.])`), ([whole = '', month = '', day = '', month2 = '', day2 = ''], { text, at }) => {
  const before = text.slice(Math.max(0, at - 5), at);
  const after = text.slice(at + whole.length);
  const dayAfter = DAY_AFTER.test(after);
  const counted = !dayAfter && !/^ ?[起号]/.test(after) && (/^[%‰十百千万亿多余]/.test(after) || unitAt(after.trimStart(), 0) !== undefined);
  if (counted) return undefined;
  if (HOUR_BEFORE.test(before)) return 'TIME_UNCLEAR';
  const possible = isDay(month, day) && (month2 === '' || isDay(month2, day2));
  if (!dayAfter && !DAY_BEFORE.test(before)) {
    if (MAYBE_BEFORE.test(before) || MAYBE_AFTER.test(after)) return 'DATE_UNCLEAR';
    const valued = VALUE_BEFORE.test(before) || VALUE_AFTER.test(after) || !possible;
    return !valued && (day.length === 2 || /^\p{Script=Han}/u.test(after)) ? 'DATE_UNCLEAR' : undefined;
  }
  if (!possible) return 'DATE_UNCLEAR';
  const written = /^ ?日/.test(after) ? '' : '日';
  return dated(`${cardinal(month)}月${cardinal(day)}${month2 === '' ? '' : `日至${cardinal(month2)}月${cardinal(day2)}`}${written}`);
});

/** `2026.11`: a month, or a number with decimals. */
const dottedMonth = ruleOf(/((?:19|20)\d{2})\.(\d{1,2})(?![\d.])/, ([whole = '', , month = ''], { text, at }) =>
  (isMonth(month) && unitAt(text.slice(at + whole.length).trimStart(), 0) === undefined && !/^[%‰万亿]/.test(text.slice(at + whole.length)) ? 'DATE_UNCLEAR' : undefined));

const YEARS_BEFORE = /(?:[近约每超满达至到前后第]|过去|最近|未来|今后|连续|长达|历时|期限?|为期|不足|将近|用了|[:：])$/;

/** `98年`, `08年`, `16年洪水` may be the year or a count of years; 一遇 and the like say which. */
const shortYear = ruleOf(/([0-25-9]\d)年(?!一遇|一次|以|内|来|的|前|后|间|中|多|期|不遇|老|代|历史|经验)/, ([, digits = ''], { text, at }) =>
  (!digits.startsWith('0') && YEARS_BEFORE.test(text.slice(Math.max(0, at - 2), at)) ? undefined : 'YEAR_UNCLEAR'));

/** `2023级新生`: the year in which they came; `2000级台阶` is a count, and `2023级` alone either. */
const yearOfEntry = ruleOf(/((?:19|20)\d{2})级(?!台阶|石阶|阶梯)/, ([written = '', year = ''], { text, at }) =>
  (/^(?:新生|学生|本科|专科|研究生|硕士|博士|毕业|同学|校友|[一二三四五六七八九十]班|\d{1,2}班)/.test(text.slice(at + written.length)) ? { read: `${digitByDigit(year)}级`, flat: true } : 'YEAR_UNCLEAR'));

/** `2020-22年` */
const shortYearRange = ruleOf(new RegExp(`(?:19|20)\\d{2}${RANGE}\\d{2}年`), () => 'YEAR_UNCLEAR');

function monthDay(month: string, day: string, until: string, suffix: string): string {
  return `${cardinal(month)}月${cardinal(day)}${until === '' ? '' : `至${cardinal(until)}`}${suffix}`;
}

function dated(read: string): { readonly read: string; readonly ends: 'time'; readonly flat: true } {
  return { read, ends: 'time', flat: true };
}

export const DATE_RULES: readonly Rule[] = [isoDate, yearRange, writtenDate, dayOfYear, month, day, namedDay, dottedDay, dottedMonth, shortYearRange, shortYear, yearOfEntry];
