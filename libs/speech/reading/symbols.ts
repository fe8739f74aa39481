import { ruleOf, type Rule } from './token';

const NUMERIC_BEFORE = /[\d%℃°²³A-Za-z]\s?$/;

/** A dash or wave between two values: 至 on the clock and the calendar, 到 for counts. */
const between = ruleOf(/\s?(?:[-~]|—{1,2})\s?(?=[-+]?\d|第)/, (_, { last }) => (last === undefined ? undefined : { read: last === 'time' ? '至' : '到' }));

/** `8点-晚6点` */
const untilLater = ruleOf(/\s?(?:[-~]|—{1,2})\s?(?=次日|当日|今日|今晚|明日|明早|翌日|第二天|上午|中午|下午|傍晚|晚|早|凌晨|夜)/, (_, { last }) => (last === 'time' ? { read: '至' } : undefined));

/** 蛟桥~乐化 */
const wave = ruleOf(/~(?=\p{Script=Han})/u, (_, { afterHan }) => (afterHan ? { read: '到' } : undefined));

const SIGNS: Readonly<Record<string, string>> = { '≥': '大于等于', '≤': '小于等于', '>': '大于', '<': '小于', '=': '等于', '≈': '约等于', '×': '乘', '÷': '除以', '±': '正负' };

/** Signs of arithmetic, only before a number. */
const arithmetic = ruleOf(/\s?([≥≤><=≈×÷±])\s?(?=\d)/, ([, sign = '']) => ({ read: SIGNS[sign] ?? '' }));

/** `+` between two things, `&` for 和. */
const plus = ruleOf(/\s?\+\s?(?=[\dA-Z\p{Script=Han}])/u, (_, { text, at, afterHan, last }) => (afterHan || last !== undefined || NUMERIC_BEFORE.test(text.slice(0, at)) ? { read: '加' } : 'SYMBOL_UNCLEAR'));
const and = ruleOf(/\s?&\s?/, () => ({ read: '和' }));

const dash = ruleOf(/[-~](?=.)/, () => 'DASH_UNCLEAR');
const other = ruleOf(/[+\-~*/\\@#%‰^_=|<>$¥￥№&{}[\]`≥≤≈×÷±°′″℃℉→←·•]/, () => 'SYMBOL_UNCLEAR');

export const SYMBOL_RULES: readonly Rule[] = [between, untilLater, wave, arithmetic, plus, and];
/** After everything else: what is left of signs is not read. */
export const UNREADABLE: readonly Rule[] = [dash, other];

/** What is heard of punctuation. `''`: nothing, the eyes alone need it. */
export const PUNCTUATION: Readonly<Record<string, string>> = {
  '，': '，', ',': '，', '、': '、', '；': '；', ';': '；', '：': '：', ':': '：', '（': '，', '）': '，', '(': '，', ')': '，', '…': '，', '—': '，',
  '。': '。', '！': '！', '!': '！', '？': '？', '?': '？', '.': '。', '\n': '。', '．': '。',
  ' ': '', '\t': '', '“': '', '”': '', '‘': '', '’': '', '"': '', "'": '', '「': '', '」': '', '『': '', '』': '', '《': '', '》': '', '〈': '', '〉': '', '【': '', '】': '，',
};

const FOLDED: Readonly<Record<string, string>> = { '％': '%', '＋': '+', '－': '-', '−': '-', '–': '-', '‐': '-', '‑': '-', '～': '~', '〜': '~', '∼': '~', '／': '/', '．': '.', '＃': '#', '＆': '&', '＠': '@', '＄': '$', '＝': '=', '＜': '<', '＞': '>', '　': ' ', '\u00a0': ' ', 'µ': 'μ', '\r': ' ' };

/** Full-width digits, letters and signs as ASCII, index for index. Full-width punctuation stays: 14：02 and 时间：8点 differ. */
export function fold(text: string): string {
  return text.replace(/[^]/g, (sign) => FOLDED[sign] ?? (/[０-９Ａ-Ｚａ-ｚ]/.test(sign) ? String.fromCharCode(sign.charCodeAt(0) - 0xfee0) : sign));
}
