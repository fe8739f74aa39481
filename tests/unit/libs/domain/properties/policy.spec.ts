import fc from 'fast-check';
import { algSchema, personIdSchema, policyRuleSchema, unitIdSchema } from '#libs/contracts';
import { judgeApprovals, type Signed } from '#libs/domain';
import { asked } from '../../../../support/properties';
import { mayAir, subsetsOf } from '../policy-model';

const person = (name: string) => personIdSchema.parse(name);
const units = fc.constantFrom('yjj', 'qxj', 'zby').map((name) => unitIdSchema.parse(name));
const algs = fc.constantFrom(...algSchema.options);
const STEPS = ['first-review', 'second-review', 'issue'] as const;

const rules = fc.record({
  steps: fc.uniqueArray(fc.record({
    name: fc.constantFrom(...STEPS), role: fc.constantFrom('approver', 'duty'), unit: fc.option(units, { freq: 3 }),
    count: fc.integer({ min: 1, max: 3 }), order: fc.integer({ min: 1, max: 3 }), mayFollowAir: fc.boolean(), dueHours: fc.constant(0),
  }), { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
  verification: fc.constantFrom('none', 'one', 'all'),
}).map((rule) => policyRuleSchema.parse({ classes: ['emergency'], severities: [], modes: ['actual'], tiers: [], minAreas: 0, ...rule }));

/** Six signatures by at most six persons; the author may be among them, and one person with two keys. */
const pools: fc.Arbitrary<readonly Signed[]> = fc.array(fc.record({
  person: fc.constantFrom('clerk', 'a', 'b', 'c', 'd', 'e', 'f').map(person), roles: fc.subarray(['approver', 'duty', 'author'] as const, { minLength: 1 }),
  unit: units, alg: algs, step: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...STEPS) }, { weight: 1, arbitrary: fc.constant('unknown') }),
}), { minLength: 6, maxLength: 6 });

it('every subset of six signers airs a message exactly when the conditions of docs/protocol.md all hold', () => {
  fc.assert(fc.property(rules, pools, algs, fc.integer({ min: 1, max: 3 }), (rule, pool, alg, minimum) => {
    const author = { person: person('clerk'), alg };
    const wrong = subsetsOf(pool, 6).filter((given) => (judgeApprovals(rule, minimum, author, given) === undefined) !== mayAir(rule, minimum, author, given));
    expect(wrong).toEqual([]);
  }), asked(150));
});

it('it does not matter in which order an order lists its approvals', () => {
  fc.assert(fc.property(rules, pools.chain((pool) => fc.tuple(fc.constant(pool), fc.shuffledSubarray([...pool], { minLength: 6 }))), algs, (rule, [pool, shuffled], alg) => {
    const author = { person: person('clerk'), alg };
    for (const [at, given] of subsetsOf(pool, 3).entries()) {
      const again = shuffled.filter((signed) => given.includes(signed));
      expect([at, judgeApprovals(rule, 1, author, again) === undefined]).toEqual([at, judgeApprovals(rule, 1, author, given) === undefined]);
    }
  }), asked(80));
});

it('one more signature never makes up for a person who is missing', () => {
  fc.assert(fc.property(rules, pools, algs, fc.integer({ min: 1, max: 3 }), (rule, pool, alg, minimum) => {
    const author = { person: person('clerk'), alg };
    for (const given of subsetsOf(pool, 6)) {
      if (judgeApprovals(rule, minimum, author, given) !== undefined) continue;
      const needed = Math.max(minimum, rule.steps.reduce((sum, step) => sum + (step.mayFollowAir ? 0 : step.count), 0));
      expect(new Set(given.map((signed) => signed.person)).size).toBeGreaterThanOrEqual(needed);
      expect(given.some((signed) => signed.person === author.person)).toBe(false);
    }
  }), asked(80));
});
