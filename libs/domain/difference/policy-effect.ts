import { classSchema, modeSchema, severitySchema, tierSchema, type MessageClass, type Mode, type Policy, type Severity, type Tier } from '#libs/contracts';
import { CLASSES, MODES, SEVERITIES, TIERS } from '../classes';
import { approvalsBeforeAir, ruleFor } from '../policy';
import type { Difference } from './field';

/** What a policy asks of one kind of message; undefined: it is silent, and the message is refused. */
interface Asks { readonly approvals: number; readonly verification: 'none' | 'one' | 'all' }
/** Kinds of message that fare alike. */
export interface Cases {
  readonly classes: readonly MessageClass[];
  readonly modes: readonly Mode[];
  readonly tiers: readonly Tier[];
  readonly severities: readonly Severity[];
  readonly areas: readonly number[];
}
interface Changed extends Cases { readonly before: Asks | undefined; readonly after: Asks | undefined }

export const DIMENSIONS = ['severities', 'areas', 'modes', 'tiers', 'classes'] as const;
const STRENGTH = { none: 0, one: 1, all: 2 } as const;

/**
 * What two policies ask of every kind of message there is, where it is not the same: rules overlap and the first that fits
 * decides, so what a change of rules does is found by asking both, not by reading them. Mode test never sounds and is left out.
 */
export function policyEffect(before: Policy, after: Policy, field: string): readonly Difference[] {
  const steps = areaSteps(before, after);
  const found: Changed[] = [];
  for (const kind of classSchema.options) for (const mode of modeSchema.options.filter((one) => MODES[one].sounds)) for (const tier of tierSchema.options) {
    for (const severity of severitySchema.options) for (const areas of steps) {
      const facts = { class: kind, severity, mode, tier, areas };
      const [then, now] = [asks(before, facts), asks(after, facts)];
      if (JSON.stringify(then) !== JSON.stringify(now)) found.push({ classes: [kind], modes: [mode], tiers: [tier], severities: [severity], areas: [areas], before: then, after: now });
    }
  }
  return DIMENSIONS.reduce<readonly Changed[]>(merged, found).map((one) => ({
    field,
    zh: `${casesZh(one, steps)}：播出前签发 ${sayZh(one.before)} → ${sayZh(one.after)}`,
    en: `${casesEn(one, steps)}: approvals before air ${sayEn(one.before)} -> ${sayEn(one.after)}`,
    weakens: one.after !== undefined && (one.before === undefined || one.after.approvals < one.before.approvals || STRENGTH[one.after.verification] < STRENGTH[one.before.verification]),
  }));
}

/** How many areas a message may reach before another rule decides. */
export function areaSteps(...policies: readonly Policy[]): readonly number[] {
  return [...new Set([1, ...policies.flatMap(({ rules }) => rules).map(({ minAreas }) => Math.max(1, minAreas))])].sort((a, b) => a - b);
}

function asks(policy: Policy, facts: Parameters<typeof ruleFor>[1]): Asks | undefined {
  const rule = ruleFor(policy, facts);
  return rule === undefined ? undefined : { approvals: approvalsBeforeAir(rule), verification: rule.verification };
}

/** Cases that differ in one dimension alone become one. */
export function merged<T extends Cases>(rows: readonly T[], dimension: (typeof DIMENSIONS)[number]): readonly T[] {
  const byRest = new Map<string, T>();
  for (const row of rows) {
    const rest = JSON.stringify({ ...row, [dimension]: null });
    const known = byRest.get(rest);
    byRest.set(rest, known === undefined ? row : { ...known, [dimension]: [...known[dimension], ...row[dimension]] });
  }
  return [...byRest.values()];
}

export function casesEn({ classes, modes, tiers, severities, areas }: Cases, steps: readonly number[]): string {
  return [
    classes.join(', '), ...(severities.length < severitySchema.options.length ? [severities.join('/')] : []), ...(modes.length < 2 ? modes : []),
    ...(tiers.length < tierSchema.options.length ? [`of a ${tiers.join('/')}`] : []), ...(areas.length < steps.length ? [`to ${spans(areas, steps, 'or more')} areas`] : []),
  ].join(' ');
}

export function casesZh({ classes, modes, tiers, severities, areas }: Cases, steps: readonly number[]): string {
  return [
    classes.map((one) => CLASSES[one].zh).join('、'), ...(severities.length < severitySchema.options.length ? [severities.map((one) => SEVERITIES[one].zh).join('/')] : []),
    ...(modes.length < 2 ? modes.map((one) => MODES[one].zh) : []), ...(tiers.length < tierSchema.options.length ? [tiers.map((one) => TIERS[one].zh).join('/')] : []),
    ...(areas.length < steps.length ? [`${spans(areas, steps, '以上')} 个区域`] : []),
  ].join(' ');
}

/** `1 to 4, 12 or more`: each step reaches to just before the next. */
function spans(areas: readonly number[], steps: readonly number[], andMore: string): string {
  return areas.map((from) => {
    const next = steps.find((step) => step > from);
    return next === undefined ? `${from} ${andMore}` : next === from + 1 ? String(from) : `${from}-${next - 1}`;
  }).join(', ');
}

const VERIFIED_EN = { none: '', one: ', one of them verified', all: ', all verified' } as const;
const VERIFIED_ZH = { none: '', one: '（其一须验证本人）', all: '（均须验证本人）' } as const;

function sayEn(asked: Asks | undefined): string {
  return asked === undefined ? 'refused' : `${asked.approvals}${VERIFIED_EN[asked.verification]}`;
}

function sayZh(asked: Asks | undefined): string {
  return asked === undefined ? '不允许' : `${asked.approvals} 人${VERIFIED_ZH[asked.verification]}`;
}
