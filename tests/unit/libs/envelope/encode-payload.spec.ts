import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePayload, parseStrictJson } from '#libs/envelope';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('making a payload', () => {
  it('writes one text for one value, whatever the order it was built in', () => {
    expect(text(encodePayload({ b: [1, { d: 1, c: 2 }], a: '号' }))).toBe('{"a":"号","b":[1,{"c":2,"d":1}]}');
    expect(text(encodePayload({ a: '号', b: [1, { c: 2, d: 1 }] }))).toBe('{"a":"号","b":[1,{"c":2,"d":1}]}');
  });

  it('leaves out a property that is undefined', () => {
    expect(text(encodePayload({ a: 1, mandate: undefined }))).toBe('{"a":1}');
  });

  it.each([
    ['a fraction', 1.5], ['minus zero', -0], ['NaN', NaN], ['Infinity', Infinity], ['2^53', 2 ** 53],
    ['a big integer', 1n], ['undefined', undefined], ['undefined in a list', [undefined]], ['a hole in a list', new Array(2)],
    ['a function', () => 1], ['a symbol', Symbol('x')], ['a date', new Date(0)], ['bytes', new Uint8Array(2)], ['a map', new Map()],
    ['half a surrogate pair', '\ud83d'], ['half a pair in a key', { '\ude00': 1 }],
    ['the key constructor', { constructor: 1 }], ['the key __proto__', JSON.parse('{"__proto__":1}')],
  ])('refuses %s', (_, value) => {
    expect(() => encodePayload(value)).toThrow(expect.objectContaining({ code: 'payload-value' }));
    expect(() => encodePayload({ deep: [value, 1] })).toThrow(expect.objectContaining({ code: 'payload-value' }));
  });

  it('refuses what is too deep or too long to be read again', () => {
    expect(parseStrictJson(encodePayload(nested(16)))).toMatchObject({ ok: true });
    expect(() => encodePayload(nested(17))).toThrow(expect.objectContaining({ code: 'payload-depth' }));
    expect(encodePayload('a'.repeat(65534))).toHaveLength(65536);
    expect(() => encodePayload('a'.repeat(65535))).toThrow(expect.objectContaining({ code: 'payload-size' }));
    const ring: unknown[] = [];
    ring.push(ring);
    expect(() => encodePayload(ring)).toThrow(expect.objectContaining({ code: 'payload-depth' }));
  });
});

// The published JCS files (cyberphone/json-canonicalization, Apache-2.0) are not copied here; point CLARION_SAMPLES at them.
const samples = process.env['CLARION_SAMPLES'];
const folder = join(samples ?? '', 'crypto', 'jcs-rfc8785');
if (samples === undefined) console.warn('SKIPPED: published RFC 8785 vectors (set CLARION_SAMPLES)');

(samples === undefined ? describe.skip : describe)('published RFC 8785 vectors', () => {
  const input = (name: string) => readFileSync(join(folder, 'input', `${name}.json`));
  const output = (name: string) => readFileSync(join(folder, 'output', `${name}.json`), 'utf8');

  it.each(['arrays', 'french', 'structures', 'unicode', 'weird'])('writes %s as published', (name) => {
    expect(text(encodePayload(JSON.parse(input(name).toString('utf8'))))).toBe(output(name));
  });

  it.each(['arrays', 'french', 'unicode', 'weird'])('reads %s, which holds integers only', (name) => {
    expect(parseStrictJson(input(name))).toEqual({ ok: true, value: JSON.parse(input(name).toString('utf8')) });
  });

  it.each(['structures', 'values'])('refuses to read %s, which holds other numbers', (name) => {
    expect(parseStrictJson(input(name))).toMatchObject({ ok: false, code: 'json-number' });
  });

  it('refuses to write fractions', () => {
    expect(() => encodePayload(JSON.parse(input('values').toString('utf8')))).toThrow(expect.objectContaining({ code: 'payload-value' }));
  });
});
