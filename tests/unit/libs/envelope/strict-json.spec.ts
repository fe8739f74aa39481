import { encodePayload, fromHex, JSON_LIMITS, parseStrictJson } from '#libs/envelope';
import vectors from '../../../vectors/envelope/strict-json.json';
import { seededNumbers } from './seeded-numbers';

type Vector = { name: string; text?: string; hex?: string; ok?: boolean; code?: string; at?: number; encoded?: string };

const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (vector: Vector) => (vector.text === undefined ? fromHex(vector.hex ?? '') ?? utf8('no hex') : utf8(vector.text));
const list: readonly Vector[] = vectors;

describe('strict JSON', () => {
  it.each(list.filter((vector) => vector.ok))('accepts $name', (vector) => {
    const parsed = parseStrictJson(bytesOf(vector));
    expect(parsed).toEqual({ ok: true, value: JSON.parse(text(bytesOf(vector))) });
    if (parsed.ok) expect(text(encodePayload(parsed.value))).toBe(vector.encoded);
  });

  it.each(list.filter((vector) => !vector.ok))('refuses $name', (vector) => {
    const parsed = parseStrictJson(bytesOf(vector));
    expect(parsed).toMatchObject({ ok: false, code: vector.code, ...(vector.at === undefined ? {} : { at: vector.at }) });
  });

  it('refuses one byte above the limit before it looks inside', () => {
    const filled = (length: number) => utf8(`"${'a'.repeat(length - 2)}"`);
    expect(parseStrictJson(filled(JSON_LIMITS.maxBytes))).toMatchObject({ ok: true });
    expect(parseStrictJson(filled(JSON_LIMITS.maxBytes + 1))).toEqual({ ok: false, code: 'json-size', at: 0 });
    expect(parseStrictJson(utf8('[1]'), { maxBytes: 2, maxDepth: 1 })).toMatchObject({ code: 'json-size' });
    expect(parseStrictJson(utf8('[[1]]'), { maxBytes: 9, maxDepth: 1 })).toMatchObject({ code: 'json-depth', at: 1 });
  });

  it('leaves no way to a prototype', () => {
    const parsed = parseStrictJson(utf8('{"toString":1,"a":{"valueOf":2}}'));
    expect(parsed).toEqual({ ok: true, value: { toString: 1, a: { valueOf: 2 } } });
    expect(Object.getPrototypeOf(parsed.ok ? parsed.value : null)).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  it('answers within a bounded stack to 64 KiB of brackets, quotes or digits', () => {
    for (const hostile of ['[', '{"a":', '{', '"', '9', '-', '\\', '[[],']) {
      const bytes = utf8(hostile.repeat(Math.floor(JSON_LIMITS.maxBytes / hostile.length)));
      expect(parseStrictJson(bytes).ok).toBe(false);
    }
  });

  it('means what JSON.parse means whenever it accepts, over 60,000 mangled texts', () => {
    const next = seededNumbers(20250711);
    const seeds = list.filter(({ text: seed }) => seed !== undefined).map(({ text: seed }) => seed ?? '');
    const scraps = ['{', '}', '[', ']', ',', ':', '"', '\\', '0', '1', '-', '.', 'e', ' ', '\n', 'a', 'true', 'null', '\\u0061', '\\ud83d', '"b":', '一', '😀', '\u0000', '\u2028'];
    const pick = <T>(from: readonly T[]): T | undefined => from[next(from.length)];
    let accepted = 0;
    for (let round = 0; round < 60_000; round++) {
      let mangled = pick(seeds) ?? '';
      for (let cuts = next(3); cuts >= 0; cuts--) {
        const at = next(mangled.length + 1);
        mangled = mangled.slice(0, at) + (next(3) === 0 ? '' : pick(scraps)) + mangled.slice(at + next(3));
      }
      const bytes = utf8(mangled);
      const parsed = parseStrictJson(bytes);
      if (!parsed.ok) continue;
      accepted++;
      expect(parsed.value).toEqual(JSON.parse(text(bytes)));
      const again = parseStrictJson(encodePayload(parsed.value));
      expect(again).toEqual(parsed);
    }
    expect(accepted).toBeGreaterThan(3_000);
  });

  it('accepts every value JSON.stringify writes from what a payload may hold', () => {
    const next = seededNumbers(7);
    const strings = ['', 'a', '号角', '😀', '"\\\n\u0000\u001f', '\u2028', '\ufeff', 'toString'];
    const value = (depth: number): unknown => {
      switch (next(depth > 4 ? 4 : 6)) {
        case 0: return next(2) === 0;
        case 1: return null;
        case 2: return (next(2 ** 31) - 2 ** 30) * (next(2) === 0 ? 1 : 2 ** 22) || 0;
        case 3: return strings[next(strings.length)];
        case 4: return Array.from({ length: next(4) }, () => value(depth + 1));
        default: return Object.fromEntries(Array.from({ length: next(4) }, (_, i) => [`${strings[next(strings.length)]}${i}`, value(depth + 1)]));
      }
    };
    for (let round = 0; round < 5_000; round++) {
      const made = value(0);
      for (const indent of [0, 2]) {
        expect(parseStrictJson(utf8(JSON.stringify(made, null, indent)))).toEqual({ ok: true, value: made });
      }
      expect(parseStrictJson(encodePayload(made))).toEqual({ ok: true, value: made });
    }
  });

  it('never throws on random bytes', () => {
    const next = seededNumbers(3);
    for (let round = 0; round < 20_000; round++) {
      const bytes = Uint8Array.from({ length: next(12) }, () => next(256));
      expect(typeof parseStrictJson(bytes).ok).toBe('boolean');
    }
  });
});
