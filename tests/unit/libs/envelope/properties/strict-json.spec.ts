import fc from 'fast-check';
import { encodePayload, parseStrictJson } from '#libs/envelope';
import { asked } from '../../../../support/properties';
import { strictJsonModel } from './json-model';

const utf8 = new TextEncoder();

function agrees(bytes: Uint8Array): void {
  const parsed = parseStrictJson(bytes);
  expect(parsed.ok ? { ok: true, value: parsed.value } : { ok: false }).toEqual(strictJsonModel(bytes));
}

/** Mostly what strict JSON takes; a text is made of many parts, and one that is wrong is enough. */
const rarely = (good: fc.Arbitrary<string>, wrong: fc.Arbitrary<string>) => fc.oneof({ weight: 14, arbitrary: good }, { weight: 1, arbitrary: wrong });
const spaces = rarely(fc.constantFrom('', '', '', ' ', '\n\t', '\r'), fc.constantFrom('\u00a0', '\u000b', '//'));
const numbers = rarely(fc.constantFrom('0', '7', '-12', '9007199254740991', '-9007199254740991'), fc.constantFrom('-0', '01', '1.0', '1e3', '1E+2', '.5', '5.', '+1', '-', 'NaN', '0x1', '9007199254740992', '-9007199254740993'));
const strings = fc.oneof(
  fc.array(fc.constantFrom('a', '中', '😀', '\\n', '\\"', '\\\\', '\\/', '\\u0061', '\\u4e2d', '\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\u12', '\\x', '\t', '\u0001', '"', '\u2028'), { maxLength: 4 }).map((parts) => `"${parts.join('')}"`),
  fc.constantFrom('"', "'a'", 'a', '""'),
);
const keys = rarely(fc.constantFrom('"a"', '"b"', '"\\u0061"', '"toString"', '""', '"é"', '"e\u0301"'), fc.constantFrom('"__proto__"', '"\\u005f_proto__"', '"constructor"', '"prototype"', 'a'));

/** Texts that are JSON, or nearly. */
const { text } = fc.letrec<{ text: string; list: string; object: string }>((tie) => ({
  list: fc.tuple(fc.array(tie('text'), { maxLength: 3 }), spaces, rarely(fc.constant(']'), fc.constantFrom(',]', '}', ''))).map(([items, gap, end]) => `[${gap}${items.join(',')}${end}`),
  object: fc.tuple(fc.array(fc.tuple(keys, spaces, tie('text')), { maxLength: 3 }), rarely(fc.constant('}'), fc.constantFrom(',}', ']', '')))
    .map(([entries, end]) => `{${entries.map(([key, gap, value]) => `${key}${gap}:${value}`).join(',')}${end}`),
  text: fc.oneof({ depthSize: 'small', withCrossShrink: true }, numbers, strings, rarely(fc.constantFrom('true', 'false', 'null'), fc.constantFrom('True', 'nul', '')), tie('list'), tie('object'))
    .chain((inner) => spaces.map((gap) => `${gap}${inner}${gap}`)),
}));

describe('strict JSON agrees with the model of docs/protocol.md', () => {
  it('over texts that are JSON, or nearly', () => {
    fc.assert(fc.property(text, (said) => agrees(utf8.encode(said))), asked(1_500));
  });

  it('over every depth near the limit', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (depth, kinds) => {
      const opening = kinds.slice(0, depth).map((isList) => (isList ? '[' : '{"a":')).join('');
      const closing = kinds.slice(0, depth).map((isList) => (isList ? ']' : '}')).reverse().join('');
      agrees(utf8.encode(`${opening}1${closing}`));
    }), asked(200));
  });

  it('over good texts with a byte changed, put in or taken out', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.constantFrom('change', 'insert', 'remove'), (value, place, byte, kind) => {
      const bytes = utf8.encode(JSON.stringify(value));
      const at = place % bytes.length;
      agrees(Uint8Array.from(kind === 'remove' ? [...bytes.slice(0, at), ...bytes.slice(at + 1)] : [...bytes.slice(0, at), byte, ...bytes.slice(kind === 'insert' ? at : at + 1)]));
    }), asked(600));
  });

  it('over arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), agrees), asked(300));
  });

  it('reads back whatever we write ourselves', () => {
    const written = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.maxSafeInteger().map((n) => n + 0), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }).filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)), tie('value'), { maxKeys: 3, noNullPrototype: true })),
    })).value;
    fc.assert(fc.property(written, (value) => {
      expect(parseStrictJson(encodePayload({ value }))).toEqual({ ok: true, value: { value } });
    }), asked(300));
  });
});
