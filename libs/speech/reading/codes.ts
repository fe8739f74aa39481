import { letterNames } from './letter-names';
import { cardinal, digitByDigit, numberWords } from './number-words';
import { ruleOf, sentenceBefore, type Rule } from './token';
import { unitAt } from './units';

const PHONE_CUE = /(?:电话|热线|拨打?|致电|手机|联系|传真|座机|号码|报警|求助|咨询|呼叫|值班室?|短号|打)[^。！？；\n]{0,24}$/;
const CODE_CUE = /(?:编号|编码|代码|验证码|邮编|密码|尾号|账号|帐号|卡号|证号|单号|工号|群号|门牌)[是为：:\s]{0,2}$/;
/** What follows a hotline: another one, its desk, or the end of the clause. */
const AFTER_HOTLINE = /^(?:$|[\s、，。；！？,;!?)）」”》]|和|或|及|与|等|求|报|火警|急救|热线|电话|指挥|平台|消防|接警|短信|联动|专线|的?接线)/;

/** Numbers every household knows, and the service numbers that a text may name without saying that it is one. */
const EMERGENCY = ['110', '119', '120', '122', '114'];
const SERVICES = ['12379', '12345', '12315', '12350', '12395', '12119', '12122', '12110', '12117', '12301', '12306', '12320', '12333', '12348', '12355', '12356', '12366', '12369', '12388', '95598', '10010', '10086'];

const phoneWords = (written: string): string => digitByDigit(written.replace(/\D/g, ''), '幺');
const spoken = (read: string): { readonly read: string; readonly flat: true } => ({ read, flat: true });

/** Between the groups of a phone number: a dash of any length, a blank, or nothing. */
const JOINT = '(?:[ \\t]?[-—]{1,2}[ \\t]?|[ \\t])';

/** Mobile, fixed-line and 400 numbers: digit by digit, 1 as 幺. */
const phone = ruleOf(
  new RegExp(`(\\+?86${JOINT}?)?(1[3-9]\\d${JOINT}?\\d{4}${JOINT}?\\d{4}|[(（]?0\\d{2,3}[)）]?${JOINT}?\\d{3,4}${JOINT}?\\d{4}(?:[-—]{1,2}\\d{1,6})?|[48]00${JOINT}(?:\\d{3}${JOINT}?\\d{4}|\\d{4}${JOINT}?\\d{3})|[48]00\\d{7})(?!\\d)`),
  ([, country = '', number = '']) => spoken(`${country === '' ? '' : `${country.startsWith('+') ? '加' : ''}八六`}${phoneWords(number)}`),
);

/** `8381 2345`: a number to dial right behind a word such as 电话; without one, two numbers side by side are not guessed. */
const groups = ruleOf(new RegExp(`(\\d{3,4}(${JOINT})\\d{4})(?![\\d.%:：/])`), ([, number = '', joint = ''], place) => {
  const dialled = closeCue(place) || (joint.trim() === '' && PHONE_CUE.test(sentenceBefore(place)));
  if (dialled && unitAt(place.text, place.at + number.length) === undefined) return spoken(phoneWords(number));
  return joint.trim() === '' ? 'NUMBER_UNCLEAR' : undefined;
});

/** 转801, 转0转8012, 分机801: what is dialled after the number, never a count. */
const extension = ruleOf(/(\d{1,6})(?![\d.%:：/])/, ([, number = ''], { text, at }) => {
  const before = text.slice(Math.max(0, at - 40), at);
  if (!/(?:\d{3,}[)）]?[，, ]?(?:转\d{1,6})*转拨?[ ]?|分机号?[是为：: ]{0,2})$/.test(before)) return undefined;
  return unitAt(text, at + number.length) === undefined ? spoken(phoneWords(number)) : 'NUMBER_UNCLEAR';
});

/** Four digits after a blank behind a group of a number. */
const lastGroup = ruleOf(/(\d{4})(?![\d.%:：/])/, ([, number = ''], place) => {
  const group = /(\d{3,})[ \t]+$/.exec(place.text.slice(Math.max(0, place.at - 24), place.at))?.[1];
  if (group === undefined) return undefined;
  const certain = (group.length >= 7 || PHONE_CUE.test(sentenceBefore(place))) && unitAt(place.text, place.at + number.length) === undefined;
  return certain ? spoken(phoneWords(number)) : 'NUMBER_UNCLEAR';
});

/** 119 and its like, unless a measure word makes it a count; 12379 and its like; any digits right after a word such as 电话. */
const hotline = ruleOf(/(\d{3,12}(?:[-—]{1,2}\d{1,8})*)(?![\d.%:：/])/, ([, number = ''], place) => {
  const after = place.at + number.length;
  if (unitAt(place.text, after) !== undefined || /^[万千百亿十多余~]/.test(place.text.slice(after))) return undefined;
  if (PHONE_CUE.test(sentenceBefore(place))) return EMERGENCY.includes(number) || SERVICES.includes(number) || number.length >= 5 || closeCue(place) ? spoken(phoneWords(number)) : undefined;
  if (SERVICES.includes(number)) return spoken(phoneWords(number));
  if (!EMERGENCY.includes(number)) return undefined;
  return AFTER_HOTLINE.test(place.text.slice(after)) ? spoken(phoneWords(number)) : 'NUMBER_UNCLEAR';
});

/** Three or four digits are a number to dial only right behind the word. */
const CLOSE_CUE = /(?:电话|热线|拨打?|致电|手机|传真|座机|号码|短号)[是为：:\s]{0,2}$/;
const closeCue = (place: { readonly text: string; readonly at: number }): boolean => CLOSE_CUE.test(place.text.slice(Math.max(0, place.at - 8), place.at));

/** Identity numbers and whatever the text calls a code or is too long for a count; a leading zero makes it one too. */
const identification = ruleOf(/(\d{17}[\dXx]|\d{2,40})(?![\d.%:：/])/, ([, number = ''], place) => {
  const coded = CODE_CUE.test(sentenceBefore(place));
  const counted = unitAt(place.text, place.at + number.length) !== undefined;
  const long = number.length >= 7 && !counted;
  if (!coded && !long && !(number.startsWith('0') && !counted) && !/[Xx]$/.test(number)) return undefined;
  return spoken(digitByDigit(number.replace(/[Xx]$/, '')) + (/[Xx]$/.test(number) ? letterNames('X') : ''));
});

/** `105国道`, `232路`: the number names one of many. */
const road = ruleOf(/(\d{3})(国道|省道|县道|乡道|村道|路(?!人))/, ([, number = '', kind = '']) => spoken(`${digitByDigit(number)}${kind}`));

/** `501室`, `302、305房间`, `301-305室` */
const rooms = ruleOf(/(\d{3,4}(?:[、和及至~-]\d{3,4})*)(室|房间|病房|房(?!屋))/, ([, numbers = '', kind = '']) =>
  spoken(`${numbers.replace(/[~-]/g, '至').replace(/\d+/g, (number) => digitByDigit(number))}${kind}`));

/** `会议室1105`, `教室206`: the number of a room, unless it counts something. */
const roomBefore = ruleOf(/(\d{3,4})(?![\d.%:：/,]|[万千百亿十多余])/, ([, number = ''], { text, at }) =>
  (/(?:室|病房|房间|包厢|宿舍) ?$/.test(text.slice(Math.max(0, at - 4), at)) && unitAt(text, at + number.length) === undefined ? spoken(digitByDigit(number)) : undefined));

/** `K12+300`: kilometre and metres of a road. */
const roadMark = ruleOf(/[Kk](\d{1,4})\+(\d{1,3})(?!\d)/, ([, kilometre = '', metres = '']) =>
  ({ read: `${letterNames('K')}${cardinal(kilometre)}加${metres.startsWith('0') ? digitByDigit(metres) : cardinal(metres)}` }));

/** `G70`, `X005`, `A1栋`, `H5N1`, `PM2.5`, `DF-41`: letters by their names, digits one by one; a decimal is read as one. */
const lettersFirst = ruleOf(/([A-Z]{1,5})-?(\d[A-Z0-9]{0,11})(\.\d+)?(?![A-Za-z0-9])/, ([, letters = '', rest = '', decimals = '']) => {
  if (decimals !== '') return /^\d+$/.test(rest) ? { read: letterNames(letters) + numberWords(rest + decimals) } : 'NUMBER_UNCLEAR';
  return spoken(letterNames(letters) + [...rest].map((sign) => (/\d/.test(sign) ? digitByDigit(sign) : letterNames(sign))).join(''));
});

/** `5G`, `3D`, `5A级`: a short number and letters that are no unit. */
const digitsFirst = ruleOf(/(\d{1,3})([A-Z]{1,3})(?![A-Za-z0-9])/, ([, number = '', letters = '']) => ({ read: cardinal(number) + letterNames(letters), flat: true }));

/** 苏-27: the dash of a model is not heard, and never 负; before a measure word it could be a minus. */
const model = ruleOf(/-(\d{1,4})([A-Z]?)(?![\d.A-Za-z%])/, ([whole = '', number = '', letter = ''], place) => {
  if (!place.afterHan) return undefined;
  if (unitAt(place.text, place.at + whole.length) !== undefined || /[半时分秒日月年号点度米层楼级%]$/.test(place.text.slice(0, place.at))) return 'DASH_UNCLEAR';
  return { read: (number.length <= 2 ? cardinal(number) : digitByDigit(number)) + letterNames(letter), flat: true, shownBefore: 1 };
});

const ROMAN: Readonly<Record<string, number>> = { I: 1, II: 2, III: 3, IV: 4, V: 5, VI: 6, VII: 7, VIII: 8, IX: 9, X: 10, XI: 11, XII: 12 };

/** `Ⅰ级` and `IV级`. Two and more Latin letters that could be a Roman number want a word such as 级 behind them. */
const romanSign = ruleOf(/[Ⅰ-Ⅻ]/, ([sign = '']) => spoken(cardinal(String(sign.charCodeAt(0) - 0x215f))));
const romanLetters = ruleOf(/[IVX]+(?![A-Za-z0-9-])/, ([letters = ''], place) => {
  const value = ROMAN[letters];
  if (value !== undefined && /^[级类型期等度]/.test(place.text.slice(place.at + letters.length))) return spoken(cardinal(String(value)));
  return letters.length > 1 ? 'ROMAN_UNCLEAR' : undefined;
});

/** C区 would be heard as 西区 and E栋 as 一栋: somebody would go the wrong way. */
const soundsLikePlace = ruleOf(/[CE](?=[\p{Script=Han}])/u, (_, { text, at }) => (/[A-Za-z0-9]/.test(text.charAt(at - 1)) ? undefined : 'LETTER_UNCLEAR'));

const address = ruleOf(/(?:https?:\/\/|www\.)[!-~]+|[\w.+-]+@[\w.-]+/, () => 'ADDRESS_UNREADABLE');
/** Capitals by their names; a word nobody spelled out in the lexicon is not guessed. */
const capitals = ruleOf(/[A-Z]{1,6}(?![A-Za-z0-9])|[a-z](?![A-Za-z0-9])/, ([letters = '']) => ({ read: letterNames(letters) }));
const letters = ruleOf(/[A-Za-z](?:[A-Za-z0-9'.-]*[A-Za-z0-9])?/, () => 'LETTERS_UNKNOWN');

/** Before counts are tried. */
export const CODE_RULES: readonly Rule[] = [address, roadMark, phone, extension, groups, lastGroup, hotline, road, rooms, roomBefore, identification, romanSign, romanLetters, lettersFirst, model];
/** After them. */
export const LETTER_RULES: readonly Rule[] = [digitsFirst, soundsLikePlace, capitals, letters];
