import { personSchema, policyRuleSchema, type Person, type PolicyRule } from '#libs/contracts';
import { canBeCarried, judgeApprovals, type Signed } from '#libs/domain';
import { seededNumbers } from '../envelope/seeded-numbers';

const ISSUE = { name: 'issue', role: 'approver', unit: null, count: 1, order: 1, mayFollowAir: false, dueHours: 0 } as const;
const ruleOf = (steps: readonly object[], verification: PolicyRule['verification'] = 'none'): PolicyRule =>
  policyRuleSchema.parse({ classes: ['emergency'], severities: [], modes: ['actual'], tiers: [], minAreas: 0, steps, verification });
const HEX = 'a'.repeat(63);
const someone = (n: number, roles: readonly string[], alg: 'ed25519' | 'es256' | null = 'ed25519', unit = 'yjj'): Person =>
  personSchema.parse({ id: `p-${n}`, unit, roles, keys: alg === null ? [] : [{ keyId: `${HEX}${n}`, alg, spki: 'AAAA' }] });

/** Whether any choice of author, people and steps satisfies the judge of orders: all are tried. */
function tried(rule: PolicyRule, persons: readonly Person[]): boolean {
  const alg = ({ keys }: Person) => keys.map((key) => key.alg);
  const seats = rule.steps.filter((step) => !step.mayFollowAir).flatMap((step) => Array.from({ length: step.count }, () => step.name));
  const choose = (at: number, given: readonly Signed[], author: { readonly person: Person['id']; readonly alg: Signed['alg'] }): boolean => {
    const step = seats[at];
    if (step === undefined) return judgeApprovals(rule, 0, author, given) === undefined;
    return persons.some((person) => alg(person).some((one) => choose(at + 1, [...given, { person: person.id, roles: person.roles, unit: person.unit, alg: one, step }], author)));
  };
  return persons.filter(({ roles }) => roles.includes('author')).some((author) => alg(author).some((one) => choose(0, [], { person: author.id, alg: one })));
}

describe('whether there are enough people for a rule', () => {
  it('wants an author and others, each once, in role and unit, with a key', () => {
    const two = ruleOf([{ ...ISSUE, count: 2 }]);
    const [clerk, head, chief] = [someone(1, ['author']), someone(2, ['approver']), someone(3, ['approver'])];
    expect([canBeCarried(two, [clerk, head, chief]), canBeCarried(two, [clerk, head]), canBeCarried(two, [head, chief]), canBeCarried(two, [clerk, head, someone(3, ['approver'], null)])]).toEqual([true, false, false, false]);
    // The author of a message does not approve it.
    expect([canBeCarried(ruleOf([ISSUE]), [someone(1, ['author', 'approver'])]), canBeCarried(ruleOf([ISSUE]), [someone(1, ['author', 'approver']), someone(2, ['author', 'approver'])])]).toEqual([false, true]);
    const byUnit = ruleOf([{ ...ISSUE, unit: 'yjj' }, { ...ISSUE, name: 'weather', unit: 'qxj' }]);
    expect([canBeCarried(byUnit, [clerk, head, chief]), canBeCarried(byUnit, [clerk, head, someone(3, ['approver'], 'ed25519', 'qxj')])]).toEqual([false, true]);
    expect(canBeCarried(ruleOf([ISSUE, { ...ISSUE, name: 'later', order: 2, count: 5, mayFollowAir: true, dueHours: 1 }]), [clerk, head])).toBe(true);
  });

  it('says the same as trying everybody at every step before the judge of orders', () => {
    const pick = seededNumbers(4_711);
    const some = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
    const verdicts = Array.from({ length: 400 }, () => {
      const steps = Array.from({ length: 1 + pick(2) }, (_, at) => ({ ...ISSUE, name: at === 0 ? 'first' : 'second', role: some(['approver', 'approver', 'stopper']), unit: some([null, null, 'yjj']), count: 1 + pick(2), order: 1 + pick(2) }));
      const rule = ruleOf(steps, some(['none', 'one', 'all'] as const));
      const persons = Array.from({ length: 2 + pick(4) }, (_, n) => someone(n, some([['author'], ['approver'], ['approver'], ['stopper'], ['author', 'approver'], ['approver', 'stopper']]), some(['ed25519', 'ed25519', 'es256', null]), some(['yjj', 'qxj'])));
      const said = canBeCarried(rule, persons);
      expect([JSON.stringify({ rule, persons }), said]).toEqual([JSON.stringify({ rule, persons }), tried(rule, persons)]);
      return said;
    });
    expect(Math.min(verdicts.filter(Boolean).length, verdicts.filter((one) => !one).length)).toBeGreaterThan(40);
  });
});
