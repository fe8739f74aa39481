import { z } from 'zod';
import { onAirSchema, platformViewSchema, type AreaId, type OnAir, type PlatformId, type PlatformView } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import { STOP_MS } from '../api-client';
import type { Context } from '../command';
import { drillMark } from '../drill-mark';

/** What a stop of this platform leaves sounding, because it comes from a tier above. */
export interface GoesOn {
  /** Terminals that say what the caller is not shown: a message of a platform above its own. */
  readonly unseen: number;
  /** Messages from above that the caller may see. */
  readonly messages: OnAir['messages'];
  /** The platform above the one that stops, where the server says so: its stoppers can end it, and those above it. */
  readonly above: PlatformId | null;
}

/** Receipts of what fell silent come in one by one: what a stop left is only believed when it still sounds after this time. */
const SETTLE_MS = 2_000;
const EVERY_MS = 250;

/** How many terminals there sound without any message that the caller sees. */
export function unseenOf(air: OnAir, area: AreaId | undefined): number {
  const seen = air.messages.reduce((sum, { tally }) => sum + tally.audible, 0);
  const there = area === undefined ? undefined : air.areas.find(({ id }) => id === area);
  return Math.max(0, Math.min(there?.sounding ?? air.terminals.sounding, air.terminals.sounding - seen));
}

/** What sounds now that a stop of this platform does not reach (a lower tier stops no higher one); undefined when nobody can be asked in time. */
export async function goesOn({ api }: Context, platform: PlatformId, area: AreaId | undefined): Promise<GoesOn | undefined> {
  if (!api.isSignedIn()) return undefined;
  try {
    const [air, platforms] = await Promise.all([api.get('/api/on-air', onAirSchema, STOP_MS), api.get('/api/platforms', z.array(platformViewSchema), STOP_MS)]);
    return leftBy(air, platforms, platform, area);
  } catch {
    return undefined;
  }
}

/** The same once the terminals have told what fell silent. */
export async function goesOnAfter(context: Context, platform: PlatformId, area: AreaId | undefined): Promise<GoesOn | undefined> {
  const until = context.clock.now() + SETTLE_MS;
  for (;;) {
    const left = await goesOn(context, platform, area);
    if (left === undefined || !isAny(left) || context.clock.now() >= until) return left;
    await context.clock.sleep(EVERY_MS);
  }
}

export function isAny({ unseen, messages }: GoesOn): boolean {
  return unseen > 0 || messages.length > 0;
}

/** Says what goes on and who can end it; `when`: "goes on" after a stop, "would go on" before one. */
export function sayGoesOn({ say }: Pick<Context, 'say'>, left: GoesOn, when: 'goes on' | 'would go on'): void {
  const who = `only a stopper of ${left.above === null ? 'the platform that sent it' : `${left.above}`} or above can stop it / 须由上级停播`;
  left.messages.forEach((row) => { say(`!!! ${drillMark(row.mode)}${row.title} of ${row.platform} ${when} on ${row.tally.audible} terminals: it comes from above; ${who}`); });
  if (left.unseen > 0) say(`!!! a message from above, which is not shown to you, ${when} on ${left.unseen} terminals: ${who}`);
}

function leftBy(air: OnAir, platforms: readonly PlatformView[], platform: PlatformId, area: AreaId | undefined): GoesOn {
  const tiers = new Map(platforms.map(({ id, tier }) => [id, TIERS[tier].rank]));
  const own = tiers.get(platform);
  const isAbove = (other: PlatformId): boolean => own !== undefined && (tiers.get(other) ?? own) > own;
  const messages = air.messages.filter((row) => row.tally.audible > 0 && isAbove(row.platform) && (area === undefined || (air.areas.find(({ id }) => id === area)?.sounding ?? 0) > 0));
  return { unseen: unseenOf(air, area), messages, above: platforms.find(({ id }) => id === platform)?.parent ?? null };
}
