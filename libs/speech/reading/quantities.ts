import { cardinal, digitByDigit, MAX_CARDINAL_DIGITS, numberWords } from './number-words';
import { minusBegins, RANGE, ruleOf, type Place, type ReadingFaultCode, type ReadToken, type Rule, type Token } from './token';
import { perAt, unitAt, type Unit } from './units';

const NUMBER = '(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?';

/** `3.5%`, `50-60%`, `-2%`, `3‰` */
const share = ruleOf(new RegExp(`([-+]?)(${NUMBER})(?:[%‰]?\\s?(${RANGE})\\s?(${NUMBER}))?([%‰])`), ([, sign = '', from = '', joint = '', to = '', mark = ''], place) => {
  if (sign !== '' && !minusBegins(place)) return sign === '-' ? 'DASH_UNCLEAR' : undefined;
  const words = `${mark === '%' ? '百' : '千'}分之${numberWords(from)}${to === '' ? '' : `${joined(joint)}${numberWords(to)}`}`;
  return { read: `${sign === '-' ? '负' : sign === '+' ? '正' : ''}${words}`, ends: 'quantity' };
});

const DEGREES = '℃|°C|摄氏度|度';
const degreeWord = (written: string): string => (written === '度' ? '度' : '摄氏度');

/** `-5℃`, `-5~3℃`, `15℃-20℃`, `+2℃`; also with 度. A minus before anything else is not read as one. */
const temperature = ruleOf(new RegExp(`([-+]?)(${NUMBER})(?:[ \\t]?(${DEGREES})?[ \\t]?(${RANGE})[ \\t]?([-+]?)(${NUMBER}))?[ \\t]?(${DEGREES})`), ([, sign = '', from = '', unitFrom = '', joint = '', signTo = '', to = '', unit = ''], place) => {
  if (sign !== '' && !minusBegins(place)) return sign === '-' ? 'DASH_UNCLEAR' : undefined;
  const word = degreeWord(unit);
  const wordFrom = unitFrom === '' ? '' : degreeWord(unitFrom);
  if (wordFrom !== '' && wordFrom !== word && !/[至到]/.test(joint)) return 'DASH_UNCLEAR';
  const begin = signed(sign, from, sign === '+') + wordFrom;
  return { read: `${begin}${to === '' ? '' : `${joined(joint)}${signed(signTo, to, sign === '-' && signTo !== '-')}`}${word}`, ends: 'quantity', unit: word };
});

const DEGREES_BEFORE = /(?:气温|室温|地温|体感温度|温度|[低高]温|水温)(?:将|会|可)?(?:[降跌]?[至到]|低至|达到?|为|约|是|在)?[:： \t]?$/;

/** `最低气温-10`: without a unit a minus is certain only behind a word for temperature and before nothing that could be counted. */
const bareDegrees = ruleOf(new RegExp(`([-+])(${NUMBER})(?:[ \\t]?(${RANGE})[ \\t]?(-?)(${NUMBER}))?(?=$|[\\s，。；！？、,;!?）)]|[.](?!\\d)|左右|上下|以[上下])`), ([, sign = '', from = '', joint = '', signTo = '', to = ''], { text, at }) => {
  if (!DEGREES_BEFORE.test(text.slice(Math.max(0, at - 12), at))) return undefined;
  return { read: `${signed(sign, from, true)}${to === '' ? '' : `${joined(joint)}${signed(signTo, to, signTo !== '-')}`}`, ends: 'quantity' };
});

/** `1米85`: one length, its centimetres digit by digit; before another measure word it is not one. */
const metresAnd = ruleOf(/(\d{1,3})米(\d+)(?!\d|[.,:：]\d)/, ([whole = '', metres = '', rest = ''], { text, at }) => {
  const unit = unitAt(text, at + whole.length);
  if (unit !== undefined) return /^(?:厘|分|毫)米$/.test(unit.read) ? undefined : 'NUMBER_UNCLEAR';
  return rest.length <= 2 ? { read: `${metres === '2' ? '两' : cardinal(metres)}米${digitByDigit(rest)}`, ends: 'quantity', flat: true } : 'NUMBER_UNCLEAR';
});

/** Of these there are parts. Of any other that is counted or numbered, `2/3号` and `1/2人` may be two of them. */
const PARTED = new Set(['米', '公里', '千米', '厘米', '毫米', '吨', '公斤', '千克', '斤', '克', '亩', '公顷', '平方米', '平方公里', '立方米', '升', '毫升', '寸', '尺']);

/** `1/3`; what may be a date or anything else is not guessed. */
const fraction = ruleOf(/(\d+)\/(\d+)(?![\d/])/, ([written = '', part = '', whole = ''], { text, at }) => {
  const after = text.slice(at + written.length).trimStart();
  const unit = unitAt(after, 0);
  if ((unit !== undefined && !unit.vague && !PARTED.has(unit.read)) || /^(?:[村镇乡县院区]|小区|社区)/.test(after)) return 'FRACTION_UNCLEAR';
  const usual = Number(whole) <= 10 || ['12', '16', '20', '50', '100', '1000'].includes(whole);
  return Number(part) > 0 && Number(part) < Number(whole) && usual ? { read: `${cardinal(whole)}分之${cardinal(part)}`, ends: 'quantity' } : 'FRACTION_UNCLEAR';
});

const HALVES: Readonly<Record<string, string>> = { '½': '二分之一', '⅓': '三分之一', '⅔': '三分之二', '¼': '四分之一', '¾': '四分之三' };
const fractionSign = ruleOf(/[½⅓⅔¼¾]/, ([sign = '']) => ({ read: HALVES[sign] ?? '', ends: 'quantity' }));

/** `第3`, `第1-3`: an ordinal is never 两. */
const ordinal = ruleOf(new RegExp(`第\\s?(\\d{1,8})(?:${RANGE}(\\d{1,8}))?(?![\\d.])`), ([, from = '', to = '']) =>
  ({ read: `第${cardinal(from)}${to === '' ? '' : `到${cardinal(to)}`}`, flat: true }));

const money = ruleOf(new RegExp(`([¥￥$])(${NUMBER})([万亿]?)`), ([, sign = '', amount = '', many = '']) =>
  ({ read: `${amount === '2' && many !== '' ? '两' : amount === '2' ? '两' : numberWords(amount)}${many}${sign === '$' ? '美元' : '元'}`, ends: 'quantity' }));

/** `№5`, `No.5`, `#3` */
const numbered = ruleOf(/(?:№|No\.?|NO\.?|#)\s?(\d{1,6})(?!\d)/, ([, number = '']) => ({ read: `${cardinal(number)}号`, flat: true }));

/** `-1层`: below ground. */
const basement = ruleOf(/-(\d)(?=层|楼)/, ([, floor = ''], { afterHan }) => (afterHan ? 'DASH_UNCLEAR' : { read: `负${cardinal(floor)}`, flat: true }));

/** `1.`, `(1)`, `1、` where a line begins: an item of a list. */
const item = ruleOf(/(?:[（(](\d{1,2})[)）]|(\d{1,2})[.、)）])(?!\d)/, ([, boxed = '', open = ''], { text, at }) =>
  (boxed !== '' || /(?:^|[\n。；：！？])\s*$/.test(text.slice(0, at)) ? { read: `${cardinal(boxed + open)}，`, flat: true } : undefined));
const circled = ruleOf(/[①-⑳]/, ([sign = '']) => ({ read: `${cardinal(String(sign.charCodeAt(0) - 0x245f))}，`, flat: true }));

/** `12，000`: a list of two, or one number. */
const fullWidthThousands = ruleOf(/\d{1,3}(?:，\d{3})+(?!\d)/, () => 'NUMBER_UNCLEAR');

/** `1,00`, `12,3456`, `302,305室`: neither a list for certain nor one number. `1,2,3组` is a list. */
const halfWidthThousands = ruleOf(/(\d+)((?:,\d+)+)/, ([written = '', first = '', rest = ''], { text, at }) => {
  const groups = rest.slice(1).split(',');
  const grouped = first.length <= 3 && !first.startsWith('0') && groups.every((group) => group.length === 3);
  if (grouped) return /^[室房号栋幢]/.test(text.slice(at + written.length)) ? 'NUMBER_UNCLEAR' : undefined;
  return groups.some((group) => group.length > 2 || /^0/.test(group)) ? 'NUMBER_UNCLEAR' : undefined;
});

/** Any other number, with its range, its 万 and its unit. */
const count: Rule = (place) => {
  const pattern = new RegExp(`(${NUMBER})(?:\\s?(${RANGE})\\s?(${NUMBER}))?([十百千万亿]{1,2})?(多|余|来|几)?`, 'y');
  pattern.lastIndex = place.at;
  const match = pattern.exec(place.text);
  if (match === null) return undefined;
  const [whole, from = '', joint = '', to = '', many = '', more = ''] = match;
  const length = whole.length;
  if ([from, to].some((each) => each.replace(/\..*|,/g, '').length > MAX_CARDINAL_DIGITS)) return { length, fault: 'NUMBER_TOO_LONG' };
  const tail = /^(?:\.\d+)+/.exec(place.text.slice(place.at + length));
  if (tail !== null) return { length: length + tail[0].length, fault: 'NUMBER_UNCLEAR' };
  return counted(place, { length, from, joint, to, many, more });
};

interface Counted {
  readonly length: number;
  readonly from: string;
  readonly joint: string;
  readonly to: string;
  readonly many: string;
  readonly more: string;
}

function counted(place: Place, { length, from, joint, to, many, more }: Counted): Token {
  const gap = /^ ?/.exec(place.text.slice(place.at + length))?.[0].length ?? 0;
  const at = place.at + length + gap;
  const unit = unitAt(place.text, at) ?? unitAt(place.text, at - gap);
  const fault = unclear(place, { length, from, joint, to, many, more }, unit);
  if (fault !== undefined) return { length, fault };
  const addressed = unclearAround(place, { length, from, joint, to, many, more }, unit, at);
  if (addressed !== undefined) return { length, fault: addressed };
  const per = unit === undefined || unit.vague ? undefined : perAt(place.text, at + unit.written.length);
  const counts = many === '' ? unit?.counts === true && unit.written !== '两' : /^[千万亿]/.test(many);
  const named = unit !== undefined && unit.read !== '分' && (!unit.ofTime || (unit.written === '号' && (from.length > 2 || /^[杆塔桥闸站泵井机车门船库池]/.test(place.text.slice(at + 1)))));
  const one = (number: string): string => (number === '2' && counts ? '两' : /^0\d+$/.test(number) && named ? digitByDigit(number) : numberWords(number));
  const number = `${one(from)}${to === '' ? '' : `${joined(joint, unit?.ofTime === true ? '至' : '到')}${one(to)}`}${many}${more}`;
  const eaten = unit !== undefined && !unit.vague;
  const read = `${per === undefined ? '' : `每${per.read}`}${number}${eaten ? unit.read : ''}`;
  return {
    length: length + (eaten ? gap + unit.written.length : 0) + (per?.length ?? 0), read,
    ends: unit?.ofTime === true ? 'time' : 'quantity', unit: unit === undefined ? many : `${unit.read}${per?.read ?? ''}`, flat: from === '1' && many === '' && unit?.counts === false,
  };
}

/** What a number alone does not tell. */
function unclear(place: Place, { length, from, joint, to, many, more }: Counted, unit: Unit | undefined): ReadingFaultCode | undefined {
  const after = place.text.slice(place.at + length);
  const bare = unit === undefined && many === '' && more === '';
  if (/^0\d/.test(from) && (unit?.counts === true || many !== '')) return 'NUMBER_UNCLEAR';
  if (/^[十百千]/.test(many) && from.length > 1 && !from.includes('.') && /^$|^[十百千]$/.test(unitAt(place.text, place.at + length - many.length - more.length)?.read ?? '')) return 'NUMBER_UNCLEAR';
  if (bare && joint !== '' && !/[至到]/.test(joint)) return 'DASH_UNCLEAR';
  if (bare && /^(?:19|20)\d{2}$/.test(from)) return 'YEAR_UNCLEAR';
  if (bare && [from, to].includes('2') && /^[\p{Script=Han}]/u.test(after) && !/^[至到和或加乘比等及、]/.test(after)) return 'TWO_UNCLEAR';
  return undefined;
}

const ADDRESS_UNITS = ['号', '室', '房', '栋', '幢', '单元', '号楼'];
const ROAD_BEFORE = /(?:[路街巷弄道里坊院庄]|门牌)$/;

/** What the words around a number with its unit do not tell: `2026112208时`, `建设路12-3号`, `2号楼301`, `3万50`. */
function unclearAround(place: Place, { length, from, joint, to, many }: Counted, unit: Unit | undefined, at: number): ReadingFaultCode | undefined {
  const rest = place.text.slice(unit === undefined || unit.vague ? place.at + length : at + unit.written.length);
  const word = unit?.written ?? '';
  if (many === '' && to === '') {
    if (word === '时' && from.length > 2) return 'TIME_UNCLEAR';
    if ((word === '月' && from.length > 2) || (['年', '日'].includes(word) && /^\d{5,}$/.test(from))) return 'DATE_UNCLEAR';
    if (word === '号' && /^\d{5,}$/.test(from)) return 'NUMBER_UNCLEAR';
  }
  if (joint !== '' && !/[至到]/.test(joint)) {
    const [begin, end] = [from, to].map((each) => Number(each.replaceAll(',', '')));
    const house = ADDRESS_UNITS.includes(word);
    if (begin !== undefined && end !== undefined && (begin >= end && many === '')) return 'DASH_UNCLEAR';
    if (house && (ROAD_BEFORE.test(place.text.slice(0, place.at)) || to.length - from.length > 1)) return 'DASH_UNCLEAR';
  }
  if (/^[万亿千百]/.test(many) && /^\d/.test(rest) && unit === undefined) return /^(?:[1-9]\d{3}(?!\d)|[1-9]千)/.test(rest) && /[万亿]$/.test(many) ? undefined : 'NUMBER_UNCLEAR';
  if (unit !== undefined && !unit.vague && /^\d/.test(rest)) return runsInto(word, rest) ? 'NUMBER_UNCLEAR' : undefined;
  return undefined;
}

/** A number right behind a unit, without a unit of its own: `2号楼301`, `3元50`. A clock (22号8:30) stands for itself. */
function runsInto(word: string, rest: string): boolean {
  const number = /^[\d.,]*\d/.exec(rest)?.[0] ?? '';
  const next = rest.slice(number.length);
  if (/^[:：]\d/.test(next) || /^[十百千万亿多余%‰~-]/.test(next) || unitAt(next.trimStart(), 0) !== undefined) return false;
  return /^(?:号楼|栋|幢|单元|楼|层)$/.test(word) || !/^\p{Script=Han}/u.test(next);
}

/** 至 and 到 stay as they were written; a dash becomes what is usual. */
function joined(joint: string, usual = '到'): string {
  return /[至到]/.test(joint) ? joint : usual;
}

function signed(sign: string, number: string, sayPlus: boolean): string {
  const words = numberWords(number);
  return words === '零' ? words : `${sign === '-' ? '零下' : sayPlus ? '零上' : ''}${words}`;
}

/** A unit behind a number in Chinese words: 零下五℃. */
const unitAlone: Rule = ({ text, at, afterHan }): ReadToken | undefined => {
  const unit = /^[℃℉㎡㎢㎜㎝㎞㎏㎎]/.test(text.slice(at)) && afterHan ? unitAt(text, at) : undefined;
  return unit === undefined ? undefined : { length: unit.written.length, read: unit.read, ends: 'quantity' };
};

/** Their minus is certain: they come before models (苏-27). */
export const SIGNED_RULES: readonly Rule[] = [share, temperature, bareDegrees];
export const QUANTITY_RULES: readonly Rule[] = [item, circled, fraction, fractionSign, ordinal, money, numbered, basement, fullWidthThousands, halfWidthThousands, metresAnd, count, unitAlone];
