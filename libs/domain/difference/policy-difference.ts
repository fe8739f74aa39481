import type { Mode, Policy, PolicyRule, PolicyStep, Severity, Tier } from '#libs/contracts';
import { CLASSES, MODES, SEVERITIES, TIERS } from '../classes';
import { ROLES } from '../roles';
import { choiceOf, listOf, partOf, saidAbove, valueOf, type Field, type Words } from './field';
import { policyEffect } from './policy-effect';
import { always, counted, higher, lower } from './signed-parts';

const VERIFICATION = { none: 0, one: 1, all: 2 } as const;

const steps = listOf<PolicyStep>({
  identity: ({ name }) => name,
  name: ({ name }) => ({ zh: `步骤 ${name}`, en: `step ${name}` }),
  added: () => false,
  removed: always,
  inside: partOf<PolicyStep>({
    name: saidAbove,
    role: valueOf<PolicyStep['role']>({ zh: '角色', en: 'role' }, (role) => ({ zh: ROLES[role].zh, en: role }), always),
    unit: valueOf<PolicyStep['unit']>({ zh: '单位', en: 'unit' }, (unit) => unit ?? { zh: '任何单位', en: 'any' }, always),
    count: counted('人数', 'persons', lower),
    order: counted('顺序', 'order', (before, after) => before !== after),
    mayFollowAir: valueOf<boolean>({ zh: '可后补', en: 'may follow air' }, (may) => (may ? { zh: '是', en: 'yes' } : { zh: '否', en: 'no' }), (before, after) => after && !before),
    dueHours: counted('补签期限（小时）', 'due within hours', higher),
  }),
});

const rules = listOf<PolicyRule>({
  identity: ({ classes, severities, modes, tiers, minAreas }) => JSON.stringify([classes, severities, modes, tiers, minAreas]),
  name: ruleName,
  // What a rule that comes or goes does to messages is said, and marked, by the effect of the whole policy.
  added: () => false,
  removed: () => false,
  ordered: { zh: '规则的先后次序改变（先符合者生效）', en: 'the rules stand in another order (the first that fits decides)' },
  inside: partOf<PolicyRule>({
    classes: saidAbove, severities: saidAbove, modes: saidAbove, tiers: saidAbove, minAreas: saidAbove,
    steps,
    verification: valueOf<PolicyRule['verification']>(
      { zh: '验证本人', en: 'verified signatures' }, (one) => ({ zh: { none: '不要求', one: '其一', all: '全部' }[one], en: one }), (before, after) => VERIFICATION[after] < VERIFICATION[before],
    ),
  }),
});

function ruleName({ classes, severities, modes, tiers, minAreas }: PolicyRule): Words {
  return {
    zh: `规则［${[classes.map((one) => CLASSES[one].zh).join('、'), severities.map((one) => SEVERITIES[one].zh).join('/') || '各级', modes.map((one) => MODES[one].zh).join('/'), tiers.map((one) => TIERS[one].zh).join('/') || '各级平台', ...(minAreas > 0 ? [`${minAreas} 个区域以上`] : [])].join(' ')}］`,
    en: `rule [${[classes.join(', '), severities.join('/') || 'any colour', modes.join('/'), tiers.join('/') || 'any tier', ...(minAreas > 0 ? [`from ${minAreas} areas`] : [])].join(' ')}]`,
  };
}

/** The rules as they are written, and what comes of them. */
export const policyField: Field<Policy> = (before, after, path) => {
  const written = partOf<Policy>({ version: counted('策略版本', 'policy version', lower), rules })(before, after, path);
  return before === undefined ? written : [...written, ...policyEffect(before, after, `${path}.effect`)];
};

export const severities: Field<readonly Severity[]> = choiceOf<Severity>({ zh: '预警级别', en: 'severities' }, (one) => SEVERITIES[one].zh, { added: always, removed: () => false });
export const modes: Field<readonly Mode[]> = choiceOf<Mode>({ zh: '模式', en: 'modes' }, (one) => MODES[one].zh, { added: always, removed: () => false });
export const tier: Field<Tier> = valueOf<Tier>({ zh: '级别', en: 'tier' }, (one) => ({ zh: TIERS[one].zh, en: one }), always);
