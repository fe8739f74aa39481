import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { envelopeSchema, orderSchema, PAYLOADS, serverFrameSchema, terminalFrameSchema } from '#libs/contracts';
import { encodePayload, parseStrictJson } from '#libs/envelope';
import { badValue, changedAt, placesIn, type ContractVectors } from './changed-value';

const folder = path.join(__dirname, '..', 'vectors', 'contracts');
const payloads: Readonly<Record<string, z.ZodType>> = PAYLOADS;
const frames = {
  'device-link-to-terminal': serverFrameSchema,
  'device-link-from-terminal': terminalFrameSchema,
} as const;

const kindsOf = (schema: typeof serverFrameSchema | typeof terminalFrameSchema): readonly string[] => schema.options.map((option) => option.shape.kind.value);
const shapes: readonly (readonly [string, z.ZodType])[] = [
  ...Object.entries(payloads),
  ['envelope', envelopeSchema],
  ['order', orderSchema],
  ...Object.entries(frames).flatMap(([direction, schema]) => kindsOf(schema).map((kind) => [`${direction}/${kind}`, schema] as const)),
];

/** Evidence of what an attacker sent: held to a length, else as it came. */
const AS_IT_CAME = 'payloadType';

/** An ordinary order has neither; a field that may be missing is said here. */
const MAY_BE_MISSING: Readonly<Partial<Record<string, readonly string[]>>> = {
  order: ['original', 'consent', 'permit'], consent: ['act.also'], event: ['evidence'], dispatch: ['permit'], message: ['permit', 'saysAgain'], roster: ['permits'],
  'device-link-to-terminal/exchange': ['restrictions'], 'device-link-from-terminal/exchange': ['head'],
};

/** Keys of these are names of platforms, not fields. */
const RECORDS = /(?:^|\.)(?:minVersions|versions)\.(?:charters|rosters|revocations)$/;

function vectorsOf(name: string): ContractVectors {
  return JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as ContractVectors;
}

it('there are vectors for every signed payload and every frame, and for nothing else', () => {
  const listed = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).map((name) => name.replace(/\.json$/, '').replaceAll('\\', '/'));
  expect(listed.sort()).toEqual(shapes.map(([name]) => name).sort());
});

describe.each(shapes)('%s', (name, schema) => {
  const { good, bad } = vectorsOf(name);
  const first = good[0];

  it('accepts every good example and reads it back as it is', () => {
    expect(good.length).toBeGreaterThan(0);
    for (const value of good) expect(schema.parse(value)).toEqual(value);
  });

  it.each(bad)('refuses $why', (vector) => {
    const read = schema.safeParse(badValue(first, vector));
    expect(read.success).toBe(false);
    // For the reason given: each fault that was found lies at, above or below the changed place.
    for (const issue of read.error?.issues ?? []) {
      const found = issue.path.join('.');
      const at = vector.at ?? '';
      if (!at.startsWith(found) && !found.startsWith(at)) throw new Error(`${vector.why}: found at ${found}, changed at ${at}`);
    }
  });

  it('has no two bad examples that are the same', () => {
    expect(new Set(bad.map((vector) => JSON.stringify(badValue(first, vector)))).size).toBe(bad.length);
    expect(new Set(bad.map(({ why, at }) => `${why} ${at ?? ''}`)).size).toBe(bad.length);
  });

  it('takes no unknown field and no missing field, anywhere', () => {
    for (const value of good) {
      expect(schema.safeParse({ ...(value as object), unknownField: 1 }).success).toBe(false);
      for (const { steps, value: there } of placesIn(value)) {
        const where = steps.join('.');
        const inList = typeof steps[steps.length - 1] === 'number';
        if (typeof there === 'object' && there !== null && !Array.isArray(there) && !RECORDS.test(where)) {
          const extra = changedAt(value, [...steps, 'unknownField'], (place, field) => { place[field] = 1; });
          if (schema.safeParse(extra).success) throw new Error(`an unknown field in ${where} is taken`);
        }
        if (!inList && MAY_BE_MISSING[name]?.includes(where) !== true && !RECORDS.test(steps.slice(0, -1).join('.'))) {
          const missing = changedAt(value, steps, (place, field) => { delete place[field]; });
          if (schema.safeParse(missing).success) throw new Error(`${where} may be missing`);
        }
      }
    }
  });

  it('takes no value of another type at any place, and no number that is none', () => {
    for (const value of good) {
      for (const { steps, value: there } of placesIn(value).filter((place) => place.steps.join('.') !== AS_IT_CAME)) {
        const others = [true, 'x\u0000', -1.5, {}, [[]], Number.NaN, Number.POSITIVE_INFINITY].filter((other) => Array.isArray(other) || typeof other !== typeof there || Number.isNaN(other) || other === Infinity);
        for (const other of others) {
          const changed = changedAt(value, steps, (place, field) => { place[field] = other; });
          if (schema.safeParse(changed).success) throw new Error(`${steps.join('.')} takes ${String(other)} (${typeof other})`);
        }
      }
    }
  });
});

describe.each(Object.entries(payloads))('a %s on the wire', (name, schema) => {
  it('survives encoding and strict reading unchanged', () => {
    for (const value of vectorsOf(name).good) {
      const read = parseStrictJson(encodePayload(value));
      expect(read.ok && schema.parse(read.value)).toEqual(value);
    }
  });

  it('is no other kind of payload', () => {
    for (const value of vectorsOf(name).good) {
      for (const [other, foreign] of Object.entries(payloads)) {
        if (other !== name) expect(foreign.safeParse(value).success).toBe(false);
      }
    }
  });
});
