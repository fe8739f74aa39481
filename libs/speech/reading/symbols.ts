import { ruleOf, type Rule } from './token';
import { perAt, unitAt } from './units';

const NUMERIC_BEFORE = /[\d%℃°²³A-Za-z]\s?$/;

const NEXT_TIME = /^(?:\d{1,2}[:：]\d{2}(?!\d)|\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,4}年|\d{1,2}(?:月|日|号(?!楼|线|机)|时|点))/;
const NEXT_COUNT = /^\d[\d,]*(?:\.\d+)?([十百千万亿]{0,2})(?:多|余|来|几)?[ \t]?/;

/** A dash or wave between two values: 至 on the clock and the calendar, 到 for two counts of the same unit; between others it is not guessed. */
const between = ruleOf(/[ \t]?(?:[-~]|—{1,2})[ \t]?(?=\d)/, ([joint = ''], { text, at, last, lastUnit }) => {
  if (last === undefined) return undefined;
  const after = text.slice(at + joint.length);
  if (last === 'time') return NEXT_TIME.test(after) ? { read: '至' } : 'DASH_UNCLEAR';
  const [number = '', many = ''] = NEXT_COUNT.exec(after) ?? [];
  const unit = unitAt(after, number.length);
  const per = unit === undefined ? undefined : perAt(after, number.length + unit.written.length);
  const units = [many, unit === undefined ? '' : `${unit.read}${per?.read ?? ''}`, unit?.read ?? ''].filter((each) => each !== '');
  return lastUnit !== undefined && units.includes(lastUnit) ? { read: '到' } : 'DASH_UNCLEAR';
});

/** `8点-晚6点` */
const untilLater = ruleOf(/[ \t]?(?:[-~]|—{1,2})[ \t]?(?=次日|当日|今日|今晚|明日|明早|翌日|第二天|上午|中午|下午|傍晚|晚|早|凌晨|夜)/, (_, { last }) => (last === 'time' ? { read: '至' } : undefined));

/** 蛟桥~乐化 */
const wave = ruleOf(/~(?=\p{Script=Han})/u, (_, { afterHan }) => (afterHan ? { read: '到' } : undefined));

const SIGNS: Readonly<Record<string, string>> = { '≥': '大于等于', '≤': '小于等于', '>': '大于', '<': '小于', '=': '等于', '≈': '约等于', '×': '乘', '÷': '除以', '±': '正负' };

/** Signs of arithmetic, only before a number. */
const arithmetic = ruleOf(/\s?([≥≤><=≈×÷±])\s?(?=\d)/, ([, sign = '']) => ({ read: SIGNS[sign] ?? '' }));

/** `+` between two things, `&` for 和. */
const plus = ruleOf(/\s?\+\s?(?=[\dA-Z\p{Script=Han}])/u, (_, { text, at, afterHan, last }) => (afterHan || last !== undefined || NUMERIC_BEFORE.test(text.slice(0, at)) ? { read: '加' } : 'SYMBOL_UNCLEAR'));
const and = ruleOf(/\s?&\s?/, () => ({ read: '和' }));

/** `气温—10℃`: a single long dash before a number is no pause for certain. */
const longDash = ruleOf(/—(?=[ \t]?\d)/, (_, { text, at }) => (text.charAt(at - 1) === '—' && !/(?:温|度)—$/.test(text.slice(0, at)) ? undefined : 'DASH_UNCLEAR'));

const dash = ruleOf(/[-~](?=.)/, () => 'DASH_UNCLEAR');
const other = ruleOf(/[+\-~*/\\@#%‰^_=|<>$¥￥№&{}[\]`≥≤≈×÷±°′″℃℉→←·•]/, () => 'SYMBOL_UNCLEAR');

/** `15'`, `5'30"`: minutes, feet or inches; a mark that closes a quotation is for the eyes alone. */
const prime = ruleOf(/['"’”]/, ([mark = ''], { text, at }) => {
  const before = text.slice(0, at);
  if (!/\d$/.test(before)) return undefined;
  const opened = { '’': '‘', '”': '“' }[mark];
  const open = opened === undefined ? before.split(mark).length % 2 === 0 : before.split(opened).length > before.split(mark).length;
  return open ? undefined : 'SYMBOL_UNCLEAR';
});

export const SYMBOL_RULES: readonly Rule[] = [prime, between, untilLater, wave, arithmetic, plus, and];
/** After everything else: what is left of signs is not read. */
export const UNREADABLE: readonly Rule[] = [longDash, dash, other];

/** What is heard of punctuation. `''`: nothing, the eyes alone need it. */
export const PUNCTUATION: Readonly<Record<string, string>> = {
  '，': '，', ',': '，', '、': '、', '；': '；', ';': '；', '：': '：', ':': '：', '（': '，', '）': '，', '(': '，', ')': '，', '…': '，', '—': '，',
  '。': '。', '！': '！', '!': '！', '？': '？', '?': '？', '.': '。', '\n': '。', '．': '。',
  ' ': '', '\t': '', '“': '', '”': '', '‘': '', '’': '', '"': '', "'": '', '「': '', '」': '', '『': '', '』': '', '《': '', '》': '', '〈': '', '〉': '', '【': '', '】': '，',
};

const FOLDED: Readonly<Record<string, string>> = { '−': '-', '–': '-', '‐': '-', '‑': '-', '﹣': '-', '―': '—', '〜': '~', '∼': '~', '﹪': '%', '｡': '。', '､': '、', '　': ' ', '\u00a0': ' ', 'µ': 'μ', '\r': ' ' };
/** Marks of Chinese writing; the rules know them beside the half-width ones. */
const KEPT = /[，：；！？（）]/;

/** Full-width digits, letters and signs as ASCII, index for index. */
export function fold(text: string): string {
  return text.replace(/[^]/g, (sign) => FOLDED[sign] ?? (/[！-～]/.test(sign) && !KEPT.test(sign) ? String.fromCharCode(sign.charCodeAt(0) - 0xfee0) : sign));
}
