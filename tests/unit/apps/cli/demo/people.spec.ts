import { policySchema, type MessageClass, type Tier } from '#libs/contracts';
import { CLASSES, judgeApprovals, ruleFor, type Signed } from '#libs/domain';
import { demoDistrict } from '../../../../../apps/cli/src';
import { demoPeople, demoUnits, type DemoPerson } from '../../../../../apps/cli/src/demo/people';
import type { DemoPlace } from '../../../../../apps/cli/src/demo/places';
import defaultPolicy from '../../../../../policy/default.json';

const { places } = demoDistrict(false);
const tiers: readonly Tier[] = ['district', 'township', 'village'];
const STAFF = { district: 8, township: 4, village: 2 } as const;
const someone = (tier: Tier): DemoPlace => {
  const place = places.find((candidate) => candidate.tier === tier);
  if (place === undefined) throw new Error(`no ${tier}`);
  return place;
};

function signatureOf(person: DemoPerson): Signed {
  return { person: person.id, roles: person.roles, unit: person.unit, alg: 'ed25519', step: 'issue' };
}

describe('the demo people', () => {
  it.each(tiers)('staff every %s as in life', (tier) => {
    for (const place of places.filter((candidate) => candidate.tier === tier)) expect(demoPeople(place)).toHaveLength(STAFF[tier]);
  });

  it('number 202 in all, each with an id of its own', () => {
    const ids = places.flatMap(demoPeople).map((person) => person.id);
    expect(ids).toHaveLength(8 + 5 * 4 + 87 * 2);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('belong to a unit of their own platform; the district has three', () => {
    for (const place of places) {
      const units = demoUnits(place.tier).map((unit) => unit.id);
      expect(demoPeople(place).every((person) => units.includes(person.unit))).toBe(true);
    }
    expect(demoUnits('district').map((unit) => unit.name)).toEqual(['应急管理局', '气象局', '教文体中心']);
  });

  it('are named by place and duty alone', () => {
    for (const person of places.flatMap(demoPeople)) {
      const duty = person.title.slice(person.place.name.length + 1);
      expect(person.title.startsWith(`${person.place.name} `)).toBe(true);
      expect(duty).toMatch(/^(?:应急管理局|气象局|教文体中心)?(?:值机)?(?:制播员|签发人|广播员|密钥管理员[一二]?|系统管理员)$/);
    }
  });

  it('leave no officer, author or approver among the administrators', () => {
    for (const person of places.flatMap(demoPeople).filter((candidate) => candidate.roles.includes('administrator'))) {
      expect(person.officer).toBe(false);
      expect(person.roles.some((role) => role === 'author' || role === 'approver' || role === 'officer')).toBe(false);
    }
  });

  it('have two officers in the district and in every township, none in a village', () => {
    for (const place of places) expect(demoPeople(place).filter((person) => person.officer)).toHaveLength(place.tier === 'village' ? 0 : 2);
  });

  it('have somebody who can stop on every platform', () => {
    for (const place of places) expect(demoPeople(place).some((person) => person.roles.includes('stopper'))).toBe(true);
  });

  it.each(tiers)('suffice on the %s tier for every class that may start there', (tier) => {
    const policy = policySchema.parse(defaultPolicy);
    const people = demoPeople(someone(tier));
    const units = demoUnits(tier);
    for (const name of (Object.keys(CLASSES) as MessageClass[]).filter((candidate) => CLASSES[candidate].originTiers.includes(tier))) {
      const rule = ruleFor(policy, { class: name, severity: 'red', mode: 'actual', tier, areas: 3 });
      const writers = people.filter((person) => person.roles.includes('author')
        && units.some((unit) => unit.id === person.unit && (unit.classes.length === 0 || unit.classes.includes(name))));
      expect(writers.length).toBeGreaterThan(0);
      for (const writer of writers) {
        const others = people.filter((person) => person.id !== writer.id && person.roles.includes('approver'));
        const signing = others.slice(0, rule?.steps[0]?.count).map(signatureOf);
        expect(rule && judgeApprovals(rule, 1, { person: writer.id, alg: 'ed25519' }, signing)).toBeUndefined();
        expect(rule && judgeApprovals(rule, 1, { person: writer.id, alg: 'ed25519' }, [])).toBe('REJ_APPROVAL_MISSING');
      }
    }
  });
});
