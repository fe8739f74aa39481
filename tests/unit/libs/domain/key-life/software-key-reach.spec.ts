import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rosterSchema, type Person, type Roster } from '#libs/contracts';
import { canSignNow, judgeApprovals, ruleFor, softwareKeyReach, type SoftwareKeyReach } from '#libs/domain';
import { buildWorld, personOf, unitOf, type PlatformName, type World } from '../../../../support/trust-builder';

const POLICY: Roster['policy'] = JSON.parse(readFileSync(path.resolve(__dirname, '../../../../../policy/default.json'), 'utf8'));

let world: World;
beforeAll(async () => { world = await buildWorld(); });

function reach(platform: PlatformName, roles: Person['roles'], policy = POLICY): readonly SoftwareKeyReach[] {
  const roster = rosterSchema.parse({ ...world.rosterPayload(platform), policy });
  const [unit] = roster.units;
  return softwareKeyReach(world.charterPayload(platform), roster, { id: personOf('somebody'), unit: unit?.id ?? unitOf('none'), roles, keys: [] });
}
const kinds = (rows: readonly SoftwareKeyReach[]): readonly string[] => rows.map(({ use, writes, steps, classes }) => `${use}: ${classes.join(' ')} (${[...(writes ? ['writes'] : []), ...steps].join(' ')})`);

describe('what a software key signs', () => {
  it('is, by the shipped policy, notices of a village and none of its warnings, for its clerk as for its approver', () => {
    expect(kinds(reach('v1', ['author']))).toEqual(['verified: emergency advisory (writes)', 'signs: notice governance daily (writes)']);
    expect(kinds(reach('v1', ['approver']))).toEqual(['verified: emergency advisory (issue)', 'signs: notice governance daily (issue)']);
  });

  it('is an emergency of a township beside one verified signature; its author needs none', () => {
    expect(kinds(reach('t1', ['approver', 'author']))).toEqual(['beside: emergency (writes issue)', 'signs: advisory (writes issue)', 'signs: notice governance daily (writes issue)']);
    expect(kinds(reach('t1', ['author']))[0]).toBe('signs: emergency (writes)');
  });

  it('follows the policy that is signed, and is nothing for whoever writes and approves nothing', () => {
    const strict = { ...POLICY, rules: POLICY.rules.map((rule) => ({ ...rule, verification: 'all' as const })) };
    expect(reach('t1', ['author'], strict).map(({ use }) => use)).toEqual(['verified', 'verified', 'verified']);
    expect(reach('v1', ['auditor', 'stopper', 'officer'])).toEqual([]);
  });

  it('is what the verifier will say: two software keys carry what it signs, and none of what it does not', () => {
    for (const platform of ['v1', 't1'] as const) {
      const { tier } = world.charterPayload(platform);
      for (const { use, classes, severities } of reach(platform, ['author', 'approver'])) {
        for (const kind of classes) {
          const [severity = 'none'] = severities;
          const rule = ruleFor(POLICY, { class: kind, severity, mode: 'actual', tier, areas: 1 });
          if (rule === undefined) throw new Error(kind);
          const given = rule.steps.flatMap(({ name, count, role }) => Array.from({ length: count }, (_, at) => ({ person: personOf(`p${at}`), roles: [role], unit: unitOf('u'), alg: 'es256' as const, step: name })));
          expect([platform, kind, judgeApprovals(rule, 1, { person: personOf('author'), alg: 'es256' }, given)]).toEqual([platform, kind, use === 'signs' ? undefined : 'REJ_VERIFICATION']);
        }
      }
    }
  });

  it('names the same kinds as the table of who can sign now', () => {
    const roster = rosterSchema.parse({ ...world.rosterPayload('v1'), policy: POLICY });
    const { cases } = canSignNow({ charter: world.charterPayload('v1'), roster, usability: () => 'usable' });
    expect(reach('v1', ['approver']).map(({ classes, severities }) => ({ classes, severities }))).toEqual(cases.map(({ classes, severities }) => ({ classes, severities })));
  });
});
