import { areaViewSchema, soundViewSchema, type AreaView } from '#libs/contracts';
import { CLASSES, inDayBand } from '#libs/domain';
import { z } from 'zod';
import { usableKeys, type UsableKey } from '../approve/my-step';
import { readPermit, standingOf, type SignedPermit } from '../permits/signed-permit';
import { toldPermits } from '../permits/told-permits';
import { readVillages } from '../permits/villages';
import type { SignedIn } from '../signed-in';

/** What this person may speak under, from signed bytes; areas and their counts are the platform's word. */
export interface LiveFacts {
  /** Of those in force that are this person's, the one with the most of today left. */
  readonly permit: SignedPermit | null;
  /** Whether this is the hour for it. */
  readonly inBand: boolean;
  readonly areas: readonly AreaView[];
  readonly keys: readonly UsableKey[];
  /** The longest opening there is, ms: a permit's longest counts it. */
  readonly chimeMs: number;
}

export async function readLiveFacts({ api, session, keys, clock }: Pick<SignedIn, 'api' | 'session' | 'keys' | 'clock'>): Promise<LiveFacts> {
  const [told, villages, areas, sounds] = await Promise.all([
    toldPermits(api), readVillages(api, session.platform), api.get('/api/areas', z.array(areaViewSchema)), api.get('/api/sounds', z.array(soundViewSchema)),
  ]);
  const { rosters: [roster] } = await villages.verified(session.platform);
  const person = roster.persons.find(({ id }) => id === session.person);
  const mine = told.filter(({ permit, state }) => permit.clerk === session.person && permit.platform === session.platform && state === 'in-force');
  const read = await Promise.all(mine.map((one) => readPermit(one, villages, clock.now())));
  const [permit = null] = read.filter((one) => standingOf(one, clock.now()) === 'in-force').sort((a, b) => b.told.leftToday - a.told.leftToday);
  return {
    permit, inBand: permit !== null && inDayBand(permit.permit.value.dayBand, clock.now()),
    areas, keys: person === undefined ? [] : usableKeys(person, roster, keys),
    chimeMs: Math.max(0, ...sounds.filter(({ role }) => role === 'chime').map(({ durationMs }) => durationMs)),
  };
}

/** The platform's own areas: the whole first, then its parts. */
export function ownAreas(areas: readonly AreaView[], platform: string): readonly AreaView[] {
  const own = areas.filter((area) => area.platform === platform);
  const isTop = ({ parent }: AreaView): boolean => !own.some(({ id }) => id === parent);
  return [...own.filter(isTop), ...own.filter((area) => !isTop(area))];
}

/** Classes that may originate at this tier, the everyday first. */
export function classesOf(tier: AreaView['tier']): readonly (keyof typeof CLASSES)[] {
  return (['notice', 'governance', 'advisory', 'emergency'] as const).filter((name) => CLASSES[name].originTiers.includes(tier));
}
