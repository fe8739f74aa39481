/** Numbers as Hanzi. Everything here takes strings of ASCII digits; the callers have looked at them. */

const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const PLACES = ['', '十', '百', '千'];
const GROUPS = ['', '万', '亿', '万亿'];

/** More than this is an identification, not a count. */
export const MAX_CARDINAL_DIGITS = 16;

/** Digit by digit: `330044` as 三三零零四四. On the telephone, 1 is 幺. */
export function digitByDigit(digits: string, one: '一' | '幺' = '一'): string {
  return [...digits].map((digit) => (digit === '1' ? one : (DIGITS[Number(digit)] ?? ''))).join('');
}

/**
 * A count: 10 as 十, 10005 as 一万零五. A leading 2 before 千, 万 and 亿 is 两 (两千二百, 一万二千, 二百), alone it is
 * 二: whether it is 两 depends on the word that follows. At most MAX_CARDINAL_DIGITS digits.
 */
export function cardinal(digits: string): string {
  const stripped = digits.replace(/^0+(?=\d)/, '');
  if (stripped === '0') return '零';
  let words = '';
  let gap = false;
  for (let group = Math.ceil(stripped.length / 4) - 1; group >= 0; group -= 1) {
    const end = stripped.length - group * 4;
    const four = stripped.slice(Math.max(0, end - 4), end);
    if (Number(four) === 0) {
      gap = true;
      continue;
    }
    if (words !== '' && (gap || four.startsWith('0'))) words += '零';
    words += thousands(four, words === '', group > 0) + (GROUPS[group] ?? '');
    gap = false;
  }
  return words;
}

/** One to four digits; `leading` when nothing stands before them, `grouped` when 万 or 亿 follows. */
function thousands(digits: string, leading: boolean, grouped: boolean): string {
  const value = Number(digits);
  if (leading && grouped && value === 2) return '两';
  let words = '';
  let gap = false;
  [...String(value)].forEach((digit, index, all) => {
    const place = all.length - 1 - index;
    if (digit === '0') {
      gap = true;
      return;
    }
    if (gap) words += '零';
    gap = false;
    if (digit === '1' && place === 1 && words === '' && leading) words += '十';
    else words += (digit === '2' && place === 3 && leading && index === 0 ? '两' : (DIGITS[Number(digit)] ?? '')) + (PLACES[place] ?? '');
  });
  return words;
}

/** A number with or without decimals and thousands separators: `1,234.50` as 一千二百三十四点五零. */
export function numberWords(written: string): string {
  const [whole = '0', decimals] = written.replaceAll(',', '').split('.');
  return decimals === undefined ? cardinal(whole) : `${cardinal(whole)}点${digitByDigit(decimals)}`;
}
