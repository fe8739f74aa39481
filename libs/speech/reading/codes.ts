import { DIALLING_RULES, WHOLE } from './dialling';
import { letterNames } from './letter-names';
import { cardinal, digitByDigit, numberWords } from './number-words';
import { ruleOf, sentenceBefore, type Rule } from './token';
import { looksLikeUnit, unitAt } from './units';

const CODE_CUE = /(?:编号|编码|代码|验证码|邮编|密码|尾号|账号|帐号|卡号|证号|单号|工号|群号|门牌)[是为：:\s]{0,2}$/;
const CHAT_CUE = /(?:QQ|扣扣|微信|钉钉|抖音|快手)(?:号码?|群号?)?[是为：:\s]{0,2}$/;
const spoken = (read: string): { readonly read: string; readonly flat: true } => ({ read, flat: true });

/** A count may follow: long digits behind it are not read one by one. */
const COUNT_CUE = /(?:共|计|达到?|约|近|超过?|[增减升涨跌降][至到加少])$/;

/** `20261122`: a day, or any number of eight digits. */
const DAY_DIGITS = /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;

/** Identity numbers and whatever the text calls a code or is too long for a count; a leading zero makes it one too. */
const identification = ruleOf(new RegExp(`(\\d{17}[\\dXx]|\\d{2,40})${WHOLE}`), ([, number = ''], place) => {
  const counted = unitAt(place.text, place.at + number.length) !== undefined;
  const coded = CODE_CUE.test(sentenceBefore(place)) || (!counted && CHAT_CUE.test(sentenceBefore(place)));
  const long = number.length >= 7 && !counted;
  if (!coded && !counted && DAY_DIGITS.test(number)) return 'DATE_UNCLEAR';
  if (long && !coded && (/000$/.test(number) || COUNT_CUE.test(sentenceBefore(place)))) return 'NUMBER_UNCLEAR';
  if (!coded && !long && !(number.startsWith('0') && !counted) && !/[Xx]$/.test(number)) return undefined;
  return spoken(digitByDigit(number.replace(/[Xx]$/, '')) + (/[Xx]$/.test(number) ? letterNames('X') : ''));
});

/** `105国道`, `232路`: the number names one of many. */
const road = ruleOf(/(\d{3})(国道|省道|县道|乡道|村道|路(?!人))/, ([, number = '', kind = '']) => spoken(`${digitByDigit(number)}${kind}`));

/** `国道320`, `省道221线`: unless the number counts something (国道3公里). */
const roadBefore = ruleOf(new RegExp(`(\\d{3,4})${WHOLE}(?![万千百亿十多余])`), ([, number = ''], { text, at }) => {
  if (!/(?:国道|省道|县道|乡道|村道) ?$/.test(text.slice(Math.max(0, at - 3), at))) return undefined;
  const unit = unitAt(text, at + number.length);
  return unit === undefined || unit.vague ? spoken(digitByDigit(number)) : undefined;
});

/** `95后`, `00后`: those born in these years; `数到60后` is a count. */
const bornIn = ruleOf(/([05-9][05])后(?![天面方])/, ([, digits = ''], { text, at }) =>
  (/[到至达超过满第于]$/.test(text.slice(0, at)) ? 'NUMBER_UNCLEAR' : spoken(`${digitByDigit(digits)}后`)));

/** `911事件`: the day that gave it its name, or how many there were. */
const event = ruleOf(/([1-9])(\d{2})(?=事件|事变|惨案|特?大?(?:地震|暴雨|洪水|洪灾|火灾)|晚会)/, ([, month = '', day = ''], place) => {
  const named = Number(day) >= 1 && Number(day) <= 31 && /^(?:事件|事变|惨案)/.test(place.text.slice(place.at + 3));
  return named && !/(?:[共计约近超起有生理置报]|达到?)$/.test(sentenceBefore(place)) ? spoken(digitByDigit(month + day)) : 'NUMBER_UNCLEAR';
});

/** `501室`, `302、305房间`, `301-305室` */
const rooms = ruleOf(/(\d{3,4}(?:[、和及至~-]\d{3,4})*)(室|房间|病房|房(?!屋))/, ([, numbers = '', kind = '']) =>
  spoken(`${numbers.replace(/[~-]/g, '至').replace(/\d+/g, (number) => digitByDigit(number))}${kind}`));

/** `会议室1105`, `教室206`: the number of a room, unless it counts something. */
const roomBefore = ruleOf(new RegExp(`(\\d{3,4})${WHOLE}(?!,\\d|[万千百亿十多余])`), ([, number = ''], { text, at }) =>
  (/(?:室|病房|房间|包厢|宿舍) ?$/.test(text.slice(Math.max(0, at - 4), at)) && unitAt(text, at + number.length) === undefined ? spoken(digitByDigit(number)) : undefined));

/** `K12+300`: kilometre and metres of a road. */
const roadMark = ruleOf(/[Kk](\d{1,4})\+(\d{1,3})(?!\d)/, ([, kilometre = '', metres = '']) =>
  ({ read: `${letterNames('K')}${cardinal(kilometre)}加${metres.startsWith('0') ? digitByDigit(metres) : cardinal(metres)}` }));

/** `G70`, `X005`, `A1栋`, `H5N1`, `PM2.5`, `DF-41`: letters by their names, digits one by one; a decimal is read as one. */
const lettersFirst = ruleOf(/([A-Z]{1,5})-?(\d[A-Z0-9]{0,11})(\.\d+)?(?![A-Za-z0-9]|[:：]\d)/, ([, letters = '', rest = '', decimals = ''], { text, at }) => {
  if (/\d ?$/.test(text.slice(Math.max(0, at - 2), at)) && looksLikeUnit(letters)) return 'UNIT_UNCLEAR';
  if (/^[CE]$/.test(letters) || (letters === 'D' && /^\d{1,2}(?!\d)/.test(rest))) return 'LETTER_UNCLEAR';
  if (decimals !== '') return /^\d+$/.test(rest) ? { read: letterNames(letters) + numberWords(rest + decimals) } : 'NUMBER_UNCLEAR';
  return spoken(letterNames(letters) + [...rest].map((sign) => (/\d/.test(sign) ? digitByDigit(sign) : letterNames(sign))).join(''));
});

/** `5G`, `3D`, `5A级`: a short number and letters that are no unit; `3M` may be metres. */
const digitsFirst = ruleOf(/(\d{1,6}(?:\.\d+)?)([A-Z]{1,3})(?![A-Za-z0-9])/, ([, number = '', letters = ''], { text, at }) => {
  if (unitAt(text, at + number.length) !== undefined) return undefined;
  if (/^[CDE]$/.test(letters)) return 'LETTER_UNCLEAR';
  if (looksLikeUnit(letters) && !/^[2-6]G$/.test(number + letters)) return 'UNIT_UNCLEAR';
  return { read: numberWords(number) + letterNames(letters), flat: true };
});

/** What a model's number stands behind; after any other word a dash may be a minus. */
const MODEL_HEAD = /(?:苏|歼|运|轰|直|图|卡|米格|波音|空客|伊尔|东风|长征|红旗|巨浪|鹰击|霹雳|神舟|天舟|嫦娥|翼龙|彩虹)$/;

/** 苏-27: the dash of a model is not heard. */
const model = ruleOf(/-(\d{1,4})([A-Z]?)(?![\d.A-Za-z%])/, ([whole = '', number = '', letter = ''], place) => {
  if (!place.afterHan) return undefined;
  if (unitAt(place.text, place.at + whole.length) !== undefined || !MODEL_HEAD.test(place.text.slice(Math.max(0, place.at - 4), place.at))) return 'DASH_UNCLEAR';
  return { read: (number.length <= 2 ? cardinal(number) : digitByDigit(number)) + letterNames(letter), flat: true, shownBefore: 1 };
});

const ROMAN: Readonly<Record<string, number>> = { I: 1, II: 2, III: 3, IV: 4, V: 5, VI: 6, VII: 7, VIII: 8, IX: 9, X: 10, XI: 11, XII: 12 };

/** `Ⅰ级` and `IV级`. Two and more Latin letters that could be a Roman number want a word such as 级 behind them. */
const romanSign = ruleOf(/[Ⅰ-Ⅻ]/, ([sign = '']) => spoken(cardinal(String(sign.charCodeAt(0) - 0x215f))));
const romanLetters = ruleOf(/[IVX]+(?![A-Za-z0-9-])/, ([letters = ''], place) => {
  const value = ROMAN[letters];
  if (/^[VX]$/.test(letters) && /^型/.test(place.text.slice(place.at + 1))) return 'ROMAN_UNCLEAR';
  if (value !== undefined && /^[级类型期等度]/.test(place.text.slice(place.at + letters.length))) return spoken(cardinal(String(value)));
  return letters.length > 1 ? 'ROMAN_UNCLEAR' : undefined;
});

/** C区 would be heard as 西区, D区 as 地区, D栋 as 第…栋 and E栋 as 一栋: somebody would go the wrong way. The other letters have no such double. */
const soundsLikePlace = ruleOf(/[CDEcde](?![A-Za-z0-9])/, (_, { text, at }) => (/(?:[A-Za-z]|维生素|维他命|[&+])$/.test(text.slice(Math.max(0, at - 3), at)) ? undefined : 'LETTER_UNCLEAR'));

const address = ruleOf(/(?:https?:\/\/|www\.)[!-~]+|[\w.+-]+@[\w.-]+/, () => 'ADDRESS_UNREADABLE');
/** Capitals by their names; a word nobody spelled out in the lexicon is not guessed. */
const capitals = ruleOf(/[A-Z]{1,6}(?![A-Za-z0-9])|[a-z](?![A-Za-z0-9])/, ([letters = ''], { text, at }) =>
  (/\d ?$/.test(text.slice(Math.max(0, at - 2), at)) && looksLikeUnit(letters) ? 'UNIT_UNCLEAR' : { read: letterNames(letters) }));
const letters = ruleOf(/[A-Za-z](?:[A-Za-z0-9'.-]*[A-Za-z0-9])?/, () => 'LETTERS_UNKNOWN');

/** Before counts are tried. */
export const CODE_RULES: readonly Rule[] = [address, roadMark, road, roadBefore, event, bornIn, ...DIALLING_RULES, rooms, roomBefore, identification, romanSign, romanLetters, lettersFirst, digitsFirst, model];
/** After them. */
export const LETTER_RULES: readonly Rule[] = [soundsLikePlace, capitals, letters];
