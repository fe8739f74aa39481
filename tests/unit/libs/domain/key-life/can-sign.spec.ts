import type { KeyRecord, Person, Roster } from '#libs/contracts';
import { canSignNow, type KeyUsability } from '#libs/domain';
import { buildWorld, DEFAULT_POLICY, rule, unitOf, type World } from '../../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

/** The township's people, with these changes; `bad` says of which keys nothing good is known. */
function now(set: { readonly persons?: (persons: readonly Person[]) => readonly Person[]; readonly rules?: Roster['policy']['rules']; readonly minimum?: number; readonly bad?: Readonly<Record<string, KeyUsability>> } = {}) {
  const roster = world.rosterPayload('t1');
  const charter = world.charterPayload('t1');
  const persons = [...(set.persons ?? ((same) => same))(roster.persons)];
  const nameOf = ({ keyId }: KeyRecord): string => roster.persons.find(({ keys }) => keys.some((key) => key.keyId === keyId))?.id ?? '';
  return canSignNow({
    charter: { ...charter, minimumApprovals: set.minimum === undefined ? [] : [{ class: 'notice', tier: 'township', approvals: set.minimum }] },
    roster: { ...roster, persons, policy: { ...DEFAULT_POLICY, rules: set.rules ?? DEFAULT_POLICY.rules } },
    usability: (key) => set.bad?.[nameOf(key)] ?? 'usable',
  });
}
const caseOf = (answer: ReturnType<typeof now>, kind: string) => answer.cases.find(({ classes }) => classes.some((one) => one === kind));

describe('who can sign now', () => {
  it('says n of m approvers and how many are needed, once for all kinds of which the policy asks the same', () => {
    expect(now()).toMatchObject({ enough: true, cases: [
      { classes: ['emergency'], severities: ['red', 'orange', 'yellow', 'blue', 'none'], able: 3, of: 3, needs: 2, verification: 'one', enough: true, lacks: null },
      { classes: ['advisory'], able: 3, needs: 2, verification: 'none' }, { classes: ['notice', 'governance', 'daily'], able: 3, needs: 1 },
    ] });
  });

  it.each<[string, KeyUsability, string]>([['revoked', 'revoked', 'revoked'], ['not shown for too long', 'stale', 'stale']])('counts nobody whose key is %s, and says why', (_what, usability, why) => {
    const answer = now({ bad: { 't1-approver-a': usability, 't1-approver-c': usability } });
    expect(caseOf(answer, 'emergency')).toMatchObject({ able: 1, of: 3, enough: false, lacks: 'approvers' });
    expect(caseOf(answer, 'notice')).toMatchObject({ able: 1, of: 3, enough: true });
    expect(answer.persons.find(({ person }) => person === 't1-approver-a')).toMatchObject({ able: false, why });
    expect(answer.enough).toBe(false);
  });

  it('counts a person once, however many keys, and one who has none not at all', () => {
    const spare = world.key('t1', 'stopper').record;
    const answer = now({ persons: (all) => all.filter(({ id }) => id !== 't1-approver-c').map((one) => (one.id === 't1-approver-a' ? { ...one, keys: [...one.keys, spare] } : one.id === 't1-approver-b' ? { ...one, keys: [] } : one)) });
    expect(caseOf(answer, 'emergency')).toMatchObject({ able: 1, of: 2, lacks: 'approvers' });
    expect(answer.persons.find(({ person }) => person === 't1-approver-b')).toMatchObject({ able: false, why: 'no-key' });
  });

  it('wants an author besides the approvers: author and approver are never one for the same message', () => {
    const twoPeople = (all: readonly Person[]): readonly Person[] => all.filter(({ id }) => ['t1-approver-a', 't1-approver-c'].includes(id)).map((one) => ({ ...one, roles: ['author', 'approver'] }));
    expect(caseOf(now({ persons: twoPeople }), 'notice')).toMatchObject({ able: 2, needs: 1, enough: true });
    expect(caseOf(now({ persons: twoPeople }), 'emergency')).toMatchObject({ able: 2, needs: 2, enough: false, lacks: 'author' });
    expect(caseOf(now({ bad: { 't1-author': 'stale' } }), 'notice')).toMatchObject({ able: 3, enough: false, lacks: 'author' });
  });

  it('wants user verification where the policy does: a browser\'s software key alone is not enough', () => {
    const onlyBrowser = { 't1-approver-a': 'stale', 't1-approver-c': 'stale' } as const;
    expect(caseOf(now({ rules: [rule(['notice'], ['actual'], [], 1, 'one')], bad: onlyBrowser }), 'notice')).toMatchObject({ able: 1, needs: 1, enough: false, lacks: 'verified' });
    expect(caseOf(now({ rules: [rule(['notice'], ['actual'], [], 2, 'all')], bad: { 't1-approver-c': 'stale' } }), 'notice')).toMatchObject({ able: 2, enough: false, lacks: 'verified' });
    expect(caseOf(now({ rules: [rule(['notice'], ['actual'], [], 2, 'one')], bad: { 't1-approver-c': 'stale' } }), 'notice')).toMatchObject({ able: 2, enough: true });
  });

  it('keeps two rules apart that are both raised for emergencies: each its own steps and its own answer', () => {
    const red = { ...rule(['emergency'], ['actual'], [], 1, 'none'), severities: ['red' as const] };
    const others = rule(['emergency'], ['actual'], [], 1, 'none');
    const nobody = { ...others, steps: others.steps.map((step) => ({ ...step, unit: unitOf('v1') })) };
    const answer = now({ rules: [red, nobody] });
    expect(answer.cases).toMatchObject([{ severities: ['red'], able: 3, enough: true }, { severities: ['orange', 'yellow', 'blue', 'none'], able: 0, enough: false, lacks: 'approvers' }]);
    expect(answer.enough).toBe(false);
  });

  it('finds a person for every step, also where one fits two of them, and takes a charter\'s minimum for more', () => {
    const steps = [
      { name: 'first', role: 'approver' as const, unit: null, count: 1, order: 1, mayFollowAir: false, dueHours: 0 },
      { name: 'second', role: 'stopper' as const, unit: null, count: 1, order: 2, mayFollowAir: false, dueHours: 0 },
    ];
    const rules = [{ ...rule(['notice'], ['actual'], [], 1, 'none'), steps }];
    const both = (all: readonly Person[]): readonly Person[] => all.flatMap((one) => (one.id === 't1-approver-a' ? [{ ...one, roles: ['approver' as const, 'stopper' as const] }] : one.id === 't1-stopper' || one.id === 't1-author' ? [one] : []));
    expect(caseOf(now({ rules, persons: both }), 'notice')).toMatchObject({ able: 2, of: 2, needs: 2, enough: true });
    expect(caseOf(now({ rules, persons: both, bad: { 't1-stopper': 'stale' } }), 'notice')).toMatchObject({ able: 1, enough: false, lacks: 'approvers' });
    const ofUnit = [{ ...rule(['notice'], ['actual'], [], 1, 'none'), steps: steps.slice(0, 1).map((step) => ({ ...step, unit: unitOf('t1-other') })) }];
    expect(caseOf(now({ rules: ofUnit }), 'notice')).toMatchObject({ able: 0, of: 0, lacks: 'approvers' });
    expect(caseOf(now({ minimum: 4 }), 'notice')).toMatchObject({ able: 3, needs: 4, lacks: 'approvers' });
  });
});
