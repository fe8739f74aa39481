/** One change to a JSON value or to its text, chosen by the seed: what a careless or hostile writer could have written instead. */
import type { SeededRandom } from './seeded-random';

type Container = Record<string, unknown> | unknown[];
interface Place { readonly within: Container; readonly key: string }

const NUMBERS = [0, 1, -1, 2, 7, 12, 1_440, 1_000_000_000_000, 253_402_300_799_999, 253_402_300_800_000, 2 ** 53 - 1, 2 ** 53, 1.5];
const STRINGS = ['', ' ', '0', 'zz', 'emperor', 'Ü', '😀', 'a\nb', 'x\n', '\u0000', '\u202e', '\u2028', '\ufffd', 'e\u0301', 'constructor', 'A'.repeat(64), '0'.repeat(64), '😀'.repeat(31), 'x'.repeat(61)];

export function mutatedValue(value: unknown, random: SeededRandom): unknown {
  const root = { value: structuredClone(value) };
  const places = placesIn(root);
  const { within, key } = random.pick(places);
  const now: unknown = Reflect.get(within, key);
  const put = (next: unknown): void => { Reflect.set(within, key, next); };
  const retype = (): void => { put(random.pick<unknown>([null, true, false, 0, 1, '', '1', 'true', [], {}, [now], { value: now }, String(now), 2 ** 53 - 1])); };
  const remove = (): void => {
    if (Array.isArray(within)) within.splice(Number(key), 1);
    else Reflect.deleteProperty(within, key);
  };
  const add = (): void => {
    const target: unknown = typeof now === 'object' && now !== null ? now : within;
    if (Array.isArray(target)) target.splice(random.int(target.length + 1), 0, structuredClone(target[0] ?? 'zz'));
    else if (typeof target === 'object' && target !== null) Reflect.set(target, random.pick(['zz', 'Ü', '', 'permit', 'rp', 'constructor', 'line', '😀', '\uffff']), random.pick<unknown>(['x', 1, null, []]));
  };
  const elsewhere = (): void => {
    const other = random.pick(places);
    put(structuredClone(Reflect.get(other.within, other.key)));
  };
  const otherwise = (): void => {
    if (typeof now === 'number') put(random.pick([now + 1, now - 1, -now, now * 1_000, ...NUMBERS]));
    else if (typeof now === 'string') put(random.pick([`${now}x`, now.slice(1), now.slice(0, -1), now.toUpperCase(), `${now}\n`, ` ${now}`, now.replace(/[a-z]/, 'z'), now.replace(/=$/, ''), now.replaceAll('+', '-').replaceAll('/', '_'), `${now}=`, ...STRINGS]));
    else if (typeof now === 'boolean') put(!now);
    else if (Array.isArray(now)) put(random.pick<unknown>([[], [...now, ...now], [...now].reverse(), now.slice(1), Array.from({ length: 70 }, () => now[0] ?? 0)]));
    else retype();
  };
  random.pick([retype, remove, add, elsewhere, otherwise, otherwise, otherwise])();
  return root.value;
}

/** What says the same, or nearly the same, in other letters: most of it is to be refused. */
export function mutatedText(text: string, random: SeededRandom): string {
  // A file holds whole characters.
  return Buffer.from(textChanged(text, random)).toString();
}

function textChanged(text: string, random: SeededRandom): string {
  const at = random.int(text.length);
  const spliced = (put: string, over = 0): string => text.slice(0, at) + put + text.slice(at + over);
  const numbers = [...text.matchAll(/(?<=[:[,])-?[0-9]+(?=[,\]}])/g)];
  const members = [...text.matchAll(/"[A-Za-z]+":(?:"[^"\\]*"|[0-9]+|null|true|false)/g)];
  const onNumber = (change: (digits: string) => string): string => {
    if (numbers.length === 0) return spliced(' ');
    const found = random.pick(numbers);
    return text.slice(0, found.index) + change(found[0]) + text.slice(found.index + found[0].length);
  };
  return random.pick([
    () => onNumber((digits) => random.pick([`${digits}.0`, `${digits}e0`, `${digits}E1`, `-${digits}`, `0${digits}`, '-0', '1e400', '9007199254740992', '-9007199254740991', '9'.repeat(400), `+${digits}`, `${digits}.`, 'NaN', 'Infinity', '١'])),
    () => {
      if (members.length === 0) return spliced('{}');
      const found = random.pick(members);
      return `${text.slice(0, found.index)}${found[0]},${text.slice(found.index)}`;
    },
    () => text.replace('{', random.pick(['{ ', '{\t', '{\n', '{\u00a0', '{,', '{"__proto__":{},', '{"constructor":1,', '{"\\u007a":1,', '{"a":"\\ud800",', '{"a":"\\ud83d\\ude00",', '{"a":"\\udc00\\ud800",'])),
    () => text.replace(/"([a-z])/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`),
    () => spliced(random.pick(['\u0000', '\u001f', '\u007f', '\u2028', '😀', '\ufeff', '\\', '"', '\\u0000', '\\/', '\\x', 'é', 'e\u0301'])),
    () => spliced(String.fromCharCode(33 + random.int(90)), 1),
    () => spliced('', 1),
    () => `\ufeff${text}`,
    () => text + random.pick([' ', '\n', '\r', '\t', '\u00a0', '{}', ',', '\u0000', '//']),
    () => random.pick(['', 'null', 'true', '[]', '{}', '0', '"x"', '[{}]', '['.repeat(17) + ']'.repeat(17), '{"a":'.repeat(17) + '1' + '}'.repeat(17), '['.repeat(100_000)]),
    () => text.replace(/"(?=[,}\]])/, '\\n"'),
    () => text.replace(/[+/]/, (char) => (char === '+' ? '-' : '_')),
    () => text.replace(/=+"/, '"'),
  ])();
}

function placesIn(within: Container): readonly Place[] {
  return Object.keys(within).flatMap((key) => {
    const value: unknown = Reflect.get(within, key);
    return [{ within, key }, ...(typeof value === 'object' && value !== null ? placesIn(value as Container) : [])];
  });
}
