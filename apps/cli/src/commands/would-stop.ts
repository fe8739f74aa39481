import { z } from 'zod';
import { areaViewSchema, onAirSchema, type AreaId, type AreaView, type Digest, type OnAir } from '#libs/contracts';
import { CliError } from '../cli-error';
import type { Context } from '../command';

export interface WouldStop {
  readonly terminals: { readonly total: number; readonly online: number; readonly sounding: number };
  readonly messages: OnAir['messages'];
  /** What waits for signatures or its time and would be silent there: one whose every place is stopped is over, the others stay silent where they are. */
  readonly waiting: OnAir['messages'];
}

/** What a stop would silence now, as the platform sees it. Refuses an area that the caller does not see (AREA_UNKNOWN) and a message that is not on air (NOT_ON_AIR). */
export async function wouldStop(context: Context, area: AreaId | undefined, chosen: readonly Digest[] | undefined): Promise<WouldStop> {
  const known = await context.api.get('/api/areas', z.array(areaViewSchema));
  if (area !== undefined && !known.some((row) => row.id === area)) throw new CliError('AREA_UNKNOWN', `You see no area that is called ${area}; ./clarion areas lists them`);
  const air = await context.api.get('/api/on-air', onAirSchema);
  const running = air.messages.filter((row) => row.state === 'dispatched');
  const missing = chosen?.find((digest) => ![...running, ...waitingIn(air)].some((row) => row.messageDigest === digest));
  if (missing !== undefined) throw new CliError('NOT_ON_AIR', `No message with the digest ${missing} is on air; ./clarion on-air --json lists them`);
  const within = air.areas.find((row) => row.id === area);
  const isReached = (row: OnAir['messages'][number]): boolean => (chosen === undefined || chosen.includes(row.messageDigest)) && (area === undefined || mayReach(known, area, row.areas));
  return {
    terminals: within === undefined ? air.terminals : { total: within.total, online: within.online, sounding: within.sounding },
    messages: running.filter(isReached),
    waiting: waitingIn(air).filter(isReached),
  };
}

/** What is handed in and has not gone out. */
export function waitingIn({ messages }: OnAir): OnAir['messages'] {
  return messages.filter((row) => row.state === 'submitted' || row.state === 'approved');
}

/** A message to single terminals only may reach any area: it is rather shown once too often. */
function mayReach(known: readonly AreaView[], area: AreaId, targets: readonly AreaId[]): boolean {
  return targets.length === 0 || targets.some((target) => above(known, area).includes(target) || above(known, target).includes(area));
}

/** An area and all that it lies in. */
function above(known: readonly AreaView[], area: AreaId): readonly AreaId[] {
  const chain = [area];
  for (;;) {
    const parent = known.find((row) => row.id === chain.at(-1))?.parent ?? null;
    if (parent === null || chain.includes(parent)) return chain;
    chain.push(parent);
  }
}
