import { personIdSchema, policyRuleSchema, policySchema, unitIdSchema, type MessageClass, type PolicyRule, type Tier } from '#libs/contracts';
import { approvalsBeforeAir, CLASSES, isOpen, isVerifiedSigning, judgeApprovals, mayJoin, minimumApprovals, openSteps, ruleFor, type Signed } from '#libs/domain';
import defaultPolicy from '../../../../policy/default.json';
import { mayAir, ordersOf, subsetsOf, type ModelAuthor } from './policy-model';

const author: ModelAuthor = { person: personIdSchema.parse('clerk'), alg: 'ed25519' };
const ISSUE = { name: 'issue', role: 'approver', unit: null, count: 1, order: 1, mayFollowAir: false, dueHours: 0 } as const;

function ruleOf(steps: readonly object[], verification: PolicyRule['verification'] = 'none'): PolicyRule {
  return policyRuleSchema.parse({ classes: ['emergency'], severities: [], modes: ['actual'], tiers: [], minAreas: 0, steps, verification });
}

function by(person: string, fields: Partial<Omit<Signed, 'person' | 'unit'>> & { readonly unit?: string } = {}): Signed {
  const { unit = 'yjj', ...rest } = fields;
  return { person: personIdSchema.parse(person), roles: ['approver'], alg: 'ed25519', step: 'issue', ...rest, unit: unitIdSchema.parse(unit) };
}

const one = ruleOf([ISSUE]);
const two = ruleOf([{ ...ISSUE, count: 2 }]);
const threeReviews = ruleOf([
  { ...ISSUE, name: 'first-review', order: 1 }, { ...ISSUE, name: 'second-review', order: 2 }, { ...ISSUE, name: 'issue', order: 3 },
]);
const signLater = ruleOf([{ ...ISSUE, order: 1 }, { ...ISSUE, name: 'sign-later', order: 2, mayFollowAir: true, dueHours: 24 }]);
const laterFirst = ruleOf([{ ...ISSUE, name: 'sign-later', order: 1, mayFollowAir: true, dueHours: 24 }, { ...ISSUE, order: 2 }]);
const byUnit = ruleOf([{ ...ISSUE, name: 'weather', unit: 'qxj' }, { ...ISSUE, name: 'emergency-office', unit: 'yjj' }]);
const anyStrong = ruleOf([{ ...ISSUE, count: 2 }], 'one');
const allStrong = ruleOf([{ ...ISSUE, count: 1 }], 'all');

describe('the approval policy', () => {
  it('carries author + 1 with one approver, and nothing with none', () => {
    expect(judgeApprovals(one, 1, author, [])).toBe('REJ_APPROVAL_MISSING');
    expect(judgeApprovals(one, 1, author, [by('head')])).toBeUndefined();
  });

  it('takes more persons than it asks for at the last step before air, and nothing else more', () => {
    const judged = (rule: PolicyRule, minimum: number, given: readonly Signed[]) => judgeApprovals(rule, minimum, author, given);
    expect([mayJoin(one, author.person, [by('head')], by('chief')), mayJoin(threeReviews, author.person, [by('p0', { step: 'first-review' })], by('p1', { step: 'first-review' }))]).toEqual([undefined, 'REJ_APPROVAL_STEP']);
    expect(judged(one, 1, [by('head'), by('chief'), by('mayor')])).toBeUndefined();
    expect(judged(one, 3, [by('head'), by('chief')])).toBe('REJ_APPROVAL_MISSING');
    expect([judged(two, 1, [by('head')]), judged(one, 1, [])]).toEqual(['REJ_APPROVAL_MISSING', 'REJ_APPROVAL_MISSING']);
    expect(judged(one, 1, [by('head'), by('head')])).toBe('REJ_APPROVER_REPEATED');
    expect(judged(one, 1, [by('head'), by('clerk')])).toBe('REJ_APPROVER_IS_AUTHOR');
    expect(judged(one, 1, [by('head'), by('guest', { roles: ['author'] })])).toBe('REJ_APPROVER_ROLE');
    expect(judged(allStrong, 1, [by('head'), by('chief', { alg: 'es256' })])).toBe('REJ_VERIFICATION');
    const all = ['first-review', 'second-review', 'issue'].map((step, at) => by(`p${at}`, { step }));
    expect(judged(threeReviews, 1, [...all, by('p3')])).toBeUndefined();
    expect(judged(threeReviews, 1, [...all, by('p3', { step: 'first-review' })])).toBe('REJ_APPROVAL_STEP');
    expect(judged(threeReviews, 1, [...all.slice(0, 2), by('p3', { step: 'first-review' })])).toBe('REJ_APPROVAL_STEP');
    expect(judged(signLater, 1, [by('head'), by('chief')])).toBeUndefined();
    expect(judged(signLater, 1, [by('head'), by('chief', { step: 'sign-later' }), by('mayor', { step: 'sign-later' })])).toBe('REJ_APPROVAL_STEP');
  });

  it('names the steps that wait: in their order before air, the last one again while more are wanted, and after air what may follow it', () => {
    const names = (rule: PolicyRule, given: readonly Signed[], air: 'before' | 'after') => openSteps(rule, given, air).map(({ name }) => name);
    expect([names(threeReviews, [], 'before'), names(threeReviews, [by('p0', { step: 'first-review' })], 'before')]).toEqual([['first-review'], ['second-review']]);
    expect([names(one, [], 'before'), names(one, [by('head')], 'before'), names(one, [], 'after')]).toEqual([['issue'], ['issue'], []]);
    expect([names(signLater, [], 'before'), names(signLater, [by('head')], 'after'), names(signLater, [by('head'), by('chief', { step: 'sign-later' })], 'after')]).toEqual([['issue'], ['sign-later'], []]);
    expect(names(laterFirst, [], 'before')).toEqual(['sign-later', 'issue']);
  });

  it('carries author + 2 with two distinct approvers only', () => {
    expect(judgeApprovals(two, 2, author, [by('head')])).toBe('REJ_APPROVAL_MISSING');
    expect(judgeApprovals(two, 2, author, [by('head'), by('chief')])).toBeUndefined();
    expect(judgeApprovals(two, 2, author, [by('head'), by('head')])).toBe('REJ_APPROVER_REPEATED');
  });

  it('counts persons, not keys: a second key of the same person is a repetition', () => {
    expect(judgeApprovals(two, 2, author, [by('head'), by('head', { alg: 'es256' })])).toBe('REJ_APPROVER_REPEATED');
  });

  it('never takes the author as an approver, whatever roles the author has', () => {
    expect(judgeApprovals(two, 2, author, [by('head'), by('clerk')])).toBe('REJ_APPROVER_IS_AUTHOR');
    expect(mayJoin(two, author.person, [], by('clerk'))).toBe('REJ_APPROVER_IS_AUTHOR');
  });

  it('refuses a signer without the role of the step, and one of another unit', () => {
    expect(judgeApprovals(one, 1, author, [by('warden', { roles: ['stopper', 'officer'] })])).toBe('REJ_APPROVER_ROLE');
    expect(judgeApprovals(byUnit, 2, author, [by('head', { step: 'weather' }), by('chief', { step: 'emergency-office' })])).toBe('REJ_APPROVER_ROLE');
    expect(judgeApprovals(byUnit, 2, author, [by('head', { step: 'weather', unit: 'qxj' }), by('chief', { step: 'emergency-office' })])).toBeUndefined();
  });

  it('refuses a signature for a step that the rule does not have', () => {
    expect(judgeApprovals(one, 1, author, [by('head', { step: 'review' })])).toBe('REJ_APPROVAL_STEP');
  });

  it('needs one verified signature where the rule says one: not from a browser key alone', () => {
    const browsers = [by('head', { alg: 'es256' }), by('chief', { alg: 'es256' })];
    expect(judgeApprovals(anyStrong, 2, author, browsers)).toBe('REJ_VERIFICATION');
    expect(judgeApprovals(anyStrong, 2, author, [by('head', { alg: 'es256' }), by('chief')])).toBeUndefined();
    expect(isVerifiedSigning('es256')).toBe(false);
    for (const alg of ['ed25519', 'sm2-sm3', 'webauthn-es256'] as const) expect(isVerifiedSigning(alg)).toBe(true);
  });

  it('does not take the verified signature of the author for that of an approver', () => {
    expect(judgeApprovals(anyStrong, 2, { person: author.person, alg: 'ed25519' }, [by('head', { alg: 'es256' }), by('chief', { alg: 'es256' })])).toBe('REJ_VERIFICATION');
  });

  it('needs every signature verified where the rule says all, the author included', () => {
    expect(judgeApprovals(allStrong, 1, author, [by('head')])).toBeUndefined();
    expect(judgeApprovals(allStrong, 1, author, [by('head', { alg: 'es256' })])).toBe('REJ_VERIFICATION');
    expect(judgeApprovals(allStrong, 1, { person: author.person, alg: 'es256' }, [by('head')])).toBe('REJ_VERIFICATION');
  });

  it('never goes below the minimum of the charter, whatever the rule says', () => {
    expect(judgeApprovals(one, 2, author, [by('head')])).toBe('REJ_APPROVAL_MISSING');
    const charter = { tier: 'district', minimumApprovals: [{ class: 'emergency', tier: 'district', approvals: 2 }, { class: 'emergency', tier: 'township', approvals: 3 }] } as const;
    const [own, below] = charter.minimumApprovals;
    expect(minimumApprovals({ tier: 'district', minimumApprovals: [own, below] }, 'emergency')).toBe(2);
    expect(minimumApprovals({ tier: 'district', minimumApprovals: [own, below] }, 'emergency', 'township')).toBe(3);
    expect(minimumApprovals({ tier: 'district', minimumApprovals: [own, below] }, 'emergency', 'village')).toBe(1);
    expect(minimumApprovals({ tier: 'district', minimumApprovals: [own, below] }, 'notice')).toBe(1);
  });
});

describe('ordered steps', () => {
  const reviews = [by('a', { step: 'first-review' }), by('b', { step: 'second-review' }), by('c')];

  it('open one after the other in a three-step review', () => {
    const open = (given: readonly Signed[]) => threeReviews.steps.filter((step) => isOpen(threeReviews, step, given)).map((step) => step.name);
    expect(open([])).toEqual(['first-review']);
    expect(open(reviews.slice(0, 1))).toEqual(['second-review']);
    expect(open(reviews.slice(0, 2))).toEqual(['issue']);
    expect(open(reviews)).toEqual([]);
  });

  it('refuse to be joined before their turn', () => {
    expect(mayJoin(threeReviews, author.person, [], by('c'))).toBe('REJ_APPROVAL_STEP');
    expect(mayJoin(threeReviews, author.person, reviews.slice(0, 1), by('b', { step: 'second-review' }))).toBeUndefined();
  });

  it('carry the message only when all three are signed, each by another person', () => {
    for (const given of subsetsOf(reviews, 3)) {
      expect(judgeApprovals(threeReviews, 1, author, given) === undefined).toBe(given.length === 3);
    }
    expect(judgeApprovals(threeReviews, 1, author, [by('a', { step: 'first-review' }), by('b', { step: 'second-review' }), by('a')])).toBe('REJ_APPROVER_REPEATED');
  });

  it('do not mind the order in which an order lists them', () => {
    for (const given of ordersOf(reviews)) expect(judgeApprovals(threeReviews, 1, author, given)).toBeUndefined();
  });

  it('of equal order are open side by side', () => {
    expect(byUnit.steps.every((step) => isOpen(byUnit, step, []))).toBe(true);
    expect(byUnit.steps.map((step) => isOpen(byUnit, step, [by('head', { step: 'weather', unit: 'qxj' })]))).toEqual([false, true]);
  });

  it('that may follow the air do not hold it back, and may be signed before it', () => {
    expect(approvalsBeforeAir(signLater)).toBe(1);
    expect(judgeApprovals(signLater, 1, author, [by('head')])).toBeUndefined();
    expect(judgeApprovals(signLater, 1, author, [by('head'), by('chief', { step: 'sign-later' })])).toBeUndefined();
    expect(judgeApprovals(signLater, 1, author, [by('chief', { step: 'sign-later' })])).toBe('REJ_APPROVAL_STEP');
    expect(judgeApprovals(laterFirst, 1, author, [by('head')])).toBeUndefined();
  });

  it('that all follow the air still leave the minimum of the charter to be met before it', () => {
    const allLater = ruleOf([{ ...ISSUE, mayFollowAir: true, dueHours: 24 }]);
    expect(judgeApprovals(allLater, minimumApprovals({ tier: 'village', minimumApprovals: [] }, 'daily'), author, [])).toBe('REJ_APPROVAL_MISSING');
  });

  it('cannot share a name: one signature would fill both', () => {
    const twice = { classes: ['emergency'], severities: [], modes: ['actual'], tiers: [], minAreas: 0, verification: 'none', steps: [{ ...ISSUE, unit: 'qxj' }, { ...ISSUE, order: 2, unit: 'yjj' }] };
    expect(policyRuleSchema.safeParse(twice).success).toBe(false);
  });
});

describe('the policy against its model', () => {
  const crowd: readonly Signed[] = [
    by('clerk'), by('head'), by('head', { alg: 'es256' }), by('chief', { alg: 'es256' }), by('weather', { unit: 'qxj' }),
    by('warden', { roles: ['stopper', 'officer'] }), by('deputy', { roles: ['author', 'approver'] }),
  ];
  const rules: readonly (readonly [string, PolicyRule])[] = [
    ...[1, 2, 3, 4].flatMap((count) => (['none', 'one', 'all'] as const).map((verification) =>
      [`${count} of any approver, verification ${verification}`, ruleOf([{ ...ISSUE, count }], verification)] as const)),
    ['a step bound to a unit', byUnit], ['three ordered reviews', threeReviews], ['a step after the air', signLater], ['a step after the air that stands first', laterFirst],
    ['a count of two and then one', ruleOf([{ ...ISSUE, name: 'review', count: 2 }, { ...ISSUE, order: 2 }])],
  ];

  it.each(rules)('agrees over every subset of signers up to four, with %s', (_name, rule) => {
    const names = rule.steps.map((step) => step.name);
    const candidates = crowd.flatMap((signed) => names.map((step) => ({ ...signed, step })));
    let carried = 0;
    for (const given of subsetsOf(candidates, 4)) {
      for (const minimum of [1, 2]) {
        for (const writer of [author, { ...author, alg: 'es256' as const }]) {
          const airs = judgeApprovals(rule, minimum, writer, given) === undefined;
          if (airs !== mayAir(rule, minimum, writer, given)) throw new Error(`${airs ? 'carries' : 'refuses'} ${JSON.stringify({ minimum, writer, given })}`);
          carried += airs ? 1 : 0;
        }
      }
    }
    // Four strong signatures of distinct approvers are not in the crowd: only then nothing is carried.
    expect(carried > 0).toBe(!(rule.verification === 'all' && (rule.steps[0]?.count ?? 0) === 4));
  });
});

describe('the rule for a message', () => {
  const policy = policySchema.parse(defaultPolicy);
  const facts = (fields: Partial<Parameters<typeof ruleFor>[1]>) => ({ class: 'notice', severity: 'none', mode: 'actual', tier: 'township', areas: 1, ...fields }) as const;

  it('is the first one that matches, by class, severity, mode, tier and number of areas', () => {
    const narrow = policySchema.parse({
      version: 1,
      rules: [
        { ...one, severities: ['red'], minAreas: 3, tiers: ['district'], steps: threeReviews.steps },
        { ...one, steps: two.steps },
        one,
      ],
    });
    const red = facts({ class: 'emergency', severity: 'red', tier: 'district', areas: 3 });
    expect(ruleFor(narrow, red)?.steps).toHaveLength(3);
    for (const other of [{ ...red, severity: 'orange' as const }, { ...red, areas: 2 }, { ...red, tier: 'village' as const }]) {
      expect(ruleFor(narrow, other)?.steps[0]?.count).toBe(2);
    }
    expect(ruleFor(narrow, { ...red, mode: 'drill' })).toBeUndefined();
    expect(ruleFor(narrow, facts({}))).toBeUndefined();
  });

  it('exists for every class, mode and tier in the default policy', () => {
    for (const name of Object.keys(CLASSES) as MessageClass[]) {
      for (const mode of ['actual', 'drill', 'test'] as const) {
        for (const tier of ['district', 'township', 'village'] as const) {
          expect(ruleFor(policy, facts({ class: name, mode, tier }))).toBeDefined();
        }
      }
    }
  });

  it.each<[MessageClass, Tier, number, PolicyRule['verification']]>([
    ['emergency', 'district', 2, 'one'], ['emergency', 'township', 2, 'one'], ['emergency', 'village', 1, 'all'],
    ['advisory', 'district', 2, 'none'], ['advisory', 'township', 2, 'none'], ['advisory', 'village', 1, 'all'],
    ['notice', 'district', 1, 'none'], ['notice', 'village', 1, 'none'],
    ['governance', 'township', 1, 'none'], ['governance', 'village', 1, 'none'],
    ['daily', 'district', 1, 'none'], ['daily', 'village', 1, 'none'],
  ])('of a %s message of %s origin asks, by default, %i approvals with verification %s', (name, tier, approvals, verification) => {
    for (const mode of ['actual', 'drill'] as const) {
      const rule = ruleFor(policy, facts({ class: name, tier, mode, severity: 'red' }));
      expect(rule && approvalsBeforeAir(rule)).toBe(approvals);
      expect(rule?.verification).toBe(verification);
      expect(rule?.steps.every((step) => step.role === 'approver' && step.unit === null && !step.mayFollowAir)).toBe(true);
    }
  });
});
