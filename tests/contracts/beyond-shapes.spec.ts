import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { envelopeSchema, exportLineSchema, headRefSchema, leafBodySchema, PAYLOADS } from '#libs/contracts';

/**
 * JSON Schema cannot say everything that a contract asks. What docs/api/payloads.json leaves out has to be written once more
 * where others read that file: `BEYOND` of examples/audit-verifier-python/shapes.py. Who adds a rule here adds it there.
 */
const RULES_BEYOND: Readonly<Record<string, number>> = { root: 2, charter: 3, roster: 3, message: 2, restriction: 2, permit: 2, revocation: 1 };

/** Rules of a schema and of all within it that no JSON Schema holds. A key's relying party has two. */
function rulesBeyond(schema: unknown, seen = new Set<unknown>()): number {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return 0;
  seen.add(schema);
  if (Array.isArray(schema) || !('_zod' in schema)) return Object.values(schema).reduce<number>((sum, one) => sum + rulesBeyond(one, seen), 0);
  const { def } = (schema as z.core.$ZodType)._zod;
  const checks = def.checks ?? [];
  const custom = checks.filter((check) => check._zod.def.check === 'custom').length;
  const within = Object.entries(def).filter(([name]) => name !== 'checks').map(([, one]) => one);
  return custom + rulesBeyond(within, seen);
}

describe('the rules of the contracts beyond the published shapes', () => {
  it('are those that the second verifier of audits writes once more', () => {
    const all = { ...PAYLOADS, envelope: envelopeSchema, 'export-line': exportLineSchema, 'leaf-body': leafBodySchema, 'head-ref': headRefSchema };
    const found = Object.entries(all).map(([word, schema]) => [word, rulesBeyond(schema)] as const).filter(([, rules]) => rules > 0);
    expect(Object.fromEntries(found)).toEqual(RULES_BEYOND);
    const source = readFileSync(path.resolve(__dirname, '../../examples/audit-verifier-python/shapes.py'), 'utf8');
    const beyond = source.slice(source.indexOf('BEYOND = {'));
    for (const word of Object.keys(RULES_BEYOND)) expect(beyond).toContain(`"${word}": `);
  });
});
