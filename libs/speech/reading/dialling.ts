import { digitByDigit } from './number-words';
import { ruleOf, type Place, type Rule } from './token';
import { unitAt, type Unit } from './units';

/** Words that say that the number right behind them is dialled. 调拨, 划拨 and 下拨 hand out goods. */
const DIAL = '(?:电话|热线|(?:(?<![调划下])拨)打?|致电|手机|传真|座机|号码|短号|呼叫)';
const WHY = '(?:火警|报警|急救|求助|求救|救援|咨询|消防|应急|值班|举报)?(?:电话|热线|号码)?';
const CLOSE_CUE = new RegExp(`${DIAL}${WHY}[是为：:（(\\s]{0,2}$`);
/** 接听热线电话1200: calls that were counted, or a number. */
const COUNTED_CALLS = new RegExp(`(?:接听|接到|接报|受理|收到|处理|办理|累计|拨出)[^，。；！？,;!?\\n]{0,8}$`);
/** A word about dialling earlier in the clause: what follows later may be either. */
const CLAUSE_CUE = new RegExp(`${DIAL}[^，。；！？,;!?\\n]{0,24}$`);
const LIST_CUE = new RegExp(`(?:${DIAL}|打)${WHY}[是为：:\\s]{0,2}(?:\\d{3,12}(?:[、,，]|和|或|及|与|或者))+$`);
const CALL = new RegExp(`(?:打|报警|急救|求助|求救|火警)[是为：:\\s]{0,2}$`);
/** What follows a hotline: another one, its desk, or the end of the clause. */
const AFTER_HOTLINE = /^(?:$|[\s、，。；：！？.:,;!?)）」”’"'》】…—]|和|或|及|与|等|求|报|火警|急救|热线|电话|指挥|平台|消防|接警|短信|联动|专线|的?接线|救护车|反映|投诉|公众号|发布|网站|转\d)/;
/** Words in front of a count. */
const COUNT_BEFORE = /(?:转移|撤离|安置|疏散|共|计|达到?|约|近|超过?|增[至到加]|减[至到少]|[升涨跌降][至到]|[有余剩]|死亡|受伤|失踪|剩下|流量|水位|雨量|库容|人[数员口]|群众|村民|居民|户数|海拔|库存)$/;
/** What begins with a measure word and is none: 119处置, 122中心. */
const NO_MEASURE = /^(?:处[置理警]|分别|中心|面向|起到|起火|道路|小组|线上|伤者|死者)/;

/** Numbers every household knows, and the service numbers that a text may name without saying that it is one. */
const EMERGENCY = ['110', '119', '120', '122', '114'];
const SERVICES = [
  '12379', '12345', '12315', '12350', '12395', '12119', '12122', '12110', '12117', '12121', '12301', '12306', '12309', '12319', '12320', '12322', '12325', '12328', '12329',
  '12333', '12337', '12338', '12348', '12355', '12356', '12366', '12369', '12385', '12388', '12389', '12393', '95119', '95598', '95338', '96121', '96128', '10010', '10086',
];
/** Whoever runs a service has a number such as these: without its being known, it is a hotline or a count. */
const SERVICE_LIKE = /^(?:12[1-3]|95\d|96\d)\d{2}$/;

const phoneWords = (written: string): string => digitByDigit(written.replace(/\D/g, ''), '幺');
const spoken = (number: string): { readonly read: string; readonly flat: true } => ({ read: phoneWords(number), flat: true });
const before = ({ text, at }: Place): string => text.slice(Math.max(0, at - 40), at);
const closeCue = (place: Place): boolean => CLOSE_CUE.test(before(place));

/** Not in the middle of a value: a dot or a colon that no digit follows ends a sentence. */
export const WHOLE = '(?!\\d|[%/]|[.:：]\\d)';
/** Between the groups of a phone number: a dash of any length, a blank, or nothing. */
const JOINT = '(?:[ \\t]?[-—]{1,2}[ \\t]?|[ \\t])';

/** Mobile, fixed-line and 400 numbers: digit by digit, 1 as 幺. */
const phone = ruleOf(
  new RegExp(`(\\+?86${JOINT}?)?(1[3-9]\\d${JOINT}?\\d{4}${JOINT}?\\d{4}|[(（]?0\\d{2,3}[)）]?${JOINT}?\\d{3,4}${JOINT}?\\d{4}(?:[-—]{1,2}\\d{1,6})?|[48]00${JOINT}(?:\\d{3}${JOINT}?\\d{4}|\\d{4}${JOINT}?\\d{3})|[48]00\\d{7})(?!\\d)`),
  ([, country = '', number = '']) => ({ read: `${country === '' ? '' : `${country.startsWith('+') ? '加' : ''}八六`}${phoneWords(number)}`, flat: true }),
);

/** `8381 2345`: a number to dial right behind a word such as 电话; without one, two numbers side by side are not guessed. */
const groups = ruleOf(new RegExp(`(\\d{3,4}(${JOINT})\\d{4})${WHOLE}`), ([, number = '', joint = ''], place) => {
  if (closeCue(place) && unitAt(place.text, place.at + number.length) === undefined) return spoken(number);
  return joint.trim() === '' ? 'NUMBER_UNCLEAR' : undefined;
});

/** 转801, 转0转8012, 分机801: what is dialled after the number, never a count. */
const extension = ruleOf(new RegExp(`(\\d{1,6})${WHOLE}`), ([, number = ''], place) => {
  if (!/(?:\d{3,}[)）]?[，, ]?(?:转\d{1,6})*转拨?[ ]?|分机号?[是为：: ]{0,2})$/.test(before(place))) return undefined;
  return unitAt(place.text, place.at + number.length) === undefined ? spoken(number) : 'NUMBER_UNCLEAR';
});

/** Four digits after a blank behind a group of a number. */
const lastGroup = ruleOf(new RegExp(`(\\d{4})${WHOLE}`), ([, number = ''], place) => {
  const group = /(\d{3,})[ \t]+$/.exec(before(place))?.[1];
  if (group === undefined) return undefined;
  return group.length >= 7 && unitAt(place.text, place.at + number.length) === undefined ? spoken(number) : 'NUMBER_UNCLEAR';
});

/** 119 and its like, 12379 and its like, and any digits right after a word such as 电话; a measure word makes them a count. */
const hotline = ruleOf(/(\d{3,12}(?:[-—]{1,2}\d{1,8})*)(?!\d)/, ([, number = ''], place) => {
  const after = place.text.slice(place.at + number.length);
  const known = EMERGENCY.includes(number) || SERVICES.includes(number);
  const long = number.replace(/\D/g, '').length >= 7;
  const dialled = closeCue(place) || (known && CALL.test(before(place))) || ((known || long) && LIST_CUE.test(before(place)));
  if (/^(?:%|[.:：/]\d)/.test(after)) return dialled || (known && /^\.\d{3}/.test(after)) ? 'NUMBER_UNCLEAR' : undefined;
  if (dialled && !COUNTED_CALLS.test(before(place).replace(CLOSE_CUE, ''))) return dialledOrCounted(number, known, after);
  if (/^[万千百亿十多余~]/.test(after)) return undefined;
  if (/^,\d{3}(?!\d)/.test(after)) return known && unitAt(place.text, place.at + (/^[\d,]+/.exec(place.text.slice(place.at))?.[0].length ?? 0)) === undefined ? 'NUMBER_UNCLEAR' : undefined;
  if (known && NO_MEASURE.test(after)) return /^中心/.test(after) ? spoken(number) : 'NUMBER_UNCLEAR';
  if (isCounted(unitAt(after, 0), after)) return undefined;
  if (dialled || (!known && /^\d+$/.test(number) && CLAUSE_CUE.test(before(place)) && !long)) return 'NUMBER_UNCLEAR';
  if (known) return AFTER_HOTLINE.test(after) && !COUNT_BEFORE.test(before(place)) ? spoken(number) : 'NUMBER_UNCLEAR';
  return SERVICE_LIKE.test(number) ? 'NUMBER_UNCLEAR' : undefined;
});

/** Right behind 电话 and its like: 拨打119时 is dialled, 拨打119次 counted, 拨打119分别 neither for certain. */
function dialledOrCounted(number: string, known: boolean, after: string): ReturnType<typeof spoken> | 'NUMBER_UNCLEAR' | undefined {
  if (/^(?:$|等|号码|中心)/.test(after) || (known && /^时(?!段|间)/.test(after))) return spoken(number);
  if (/^[万千百亿十多余~]/.test(after)) return undefined;
  const unit = unitAt(after, 0);
  if (unit === undefined) return spoken(number);
  return unit.vague || ['号', '时', '号线'].includes(unit.written) ? 'NUMBER_UNCLEAR' : undefined;
}

const isCounted = (unit: Unit | undefined, after: string): boolean => unit !== undefined && !/^等(?!级)/.test(after);

/** Before counts are tried, and after the numbers of roads. */
export const DIALLING_RULES: readonly Rule[] = [phone, extension, groups, lastGroup, hotline];
