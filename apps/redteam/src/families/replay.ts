import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { admit } from '#libs/trust';
import { factsFor, Memory } from '../../../../tests/support/admit-facts';
import { NOW } from '../../../../tests/support/trust-builder';
import { systemClock } from '../../../cli/src';
import type { Family } from '../attack';
import type { Genuine } from '../lab';
import type { Aired } from '../range';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAYS = 30;
const A_DAY = 4;

const REPLAYED = ['REJ_SEQ_REPLAY', 'REJ_ID_SEEN', 'REJ_SEQ_OLD', 'expired', 'REJ_EXPIRED', 'REJ_NOT_YET', 'REJ_COMPLETED', 'REJ_TIME_STALE'];

/** Thirty recorded days, every order again at random times, running and after a start: G3. */
export const THIRTY_DAYS: Family = {
  family: 'thirty recorded days replayed', threat: 'T26 T27', where: 'admit',
  run: async ({ lab, tally, random, thin }) => {
    const { world } = lab;
    const recorded: { readonly genuine: Genuine; readonly at: number }[] = [];
    let memory = new Memory();
    for (let n = 0; n < DAYS * A_DAY; n += 1) {
      const at = NOW + Math.floor((n * DAY) / A_DAY);
      const platform = (['d', 't1', 'v1'] as const)[n % 3] ?? 'd';
      const window = { notBefore: at - 1_000, notAfter: at + 2 * HOUR };
      const genuine = lab.read(platform, 'v1', await world.order(platform, { message: { set: { ...window, issuedAt: at - 1_000 } }, dispatch: { set: { ...window, startAt: at, issuedAt: at } } }));
      const decision = admit(factsFor(world, 'v1', genuine.order, { trust: lab.trustOf('v1'), ...facts(memory, at) }));
      if (decision.kind === 'play') memory.keep(decision);
      tally.control(`order ${n + 1} of ${DAYS * A_DAY} plays when it is new`, decision.kind === 'play');
      recorded.push({ genuine, at });
    }
    for (let round = 0; round < Math.max(2, Math.floor(20 / thin)); round += 1) {
      // Every second round after a start: what is known then is what was written.
      if (round % 2 === 1) memory = reread(memory);
      for (const { genuine, at } of recorded) {
        const now = random.pick([at + random.int(2 * HOUR), NOW + random.int(2 * DAYS * DAY)]);
        tally.judged(`replayed ${Math.round((now - at) / HOUR)} h later`, lab.judge('v1', genuine.order, facts(memory, now)), REPLAYED);
      }
    }
  },
};

function facts(memory: Memory, now: number) {
  return { now, beaconAt: now - 5_000, floors: memory.floors, seenDispatches: memory.seenDispatches, journal: memory.journal };
}

function reread(memory: Memory): Memory {
  const next = new Memory();
  for (const [key, floor] of memory.floors) next.floors.set(key, structuredClone(floor));
  for (const id of memory.seenDispatches) next.seenDispatches.add(id);
  for (const [digest, entry] of memory.journal) next.journal.set(digest, structuredClone(entry));
  return next;
}

const QUIET_MS = 3_000;

/** What went over the air in this run, once more over the link: running, after a power cut, and after the terminals' state was put back to an older copy. */
export const LIVE_REPLAY: Family = {
  family: 'recorded orders over the link again', threat: 'T26', where: 'district',
  run: async ({ range, tally }) => {
    const { simulator, cast, system } = range;
    const state = path.join(range.setting.cli.dataDir, 'simulator');
    const copy = path.join(range.setting.dir, 'simulator-before');
    await system.hold('simulator');
    cpSync(state, copy, { recursive: true });
    await system.raise('simulator');
    await range.untilAllThere();
    const aired = [await range.airNotice([cast.insideArea]), await range.airVillage()];
    tally.control('what is recorded sounded', aired.every(({ targets }) => targets.length > 0));
    await systemClock.sleep(QUIET_MS);
    const again = async (how: string, since: number, one: Aired, codes: readonly string[]): Promise<void> => {
      const victims = one.targets;
      const refused = await range.inject(victims, { kind: 'order', order: one.order }, 5_000);
      const sounded = new Set((await range.cards()).filter((card) => card.messageDigest === one.published.digest && card.startedAt >= since).map(({ terminal }) => terminal));
      for (const victim of victims) tally.judged(`${how} at ${victim}`, sounded.has(victim) ? 'play' : refused.get(victim)?.code ?? 'nothing said', codes);
    };
    // A push of what still runs is the platform's own repeat and no incident.
    const replayed = ['REJ_SEQ_REPLAY', 'REJ_ID_SEEN', 'REJ_COMPLETED', 'nothing said'];
    const running = systemClock.now();
    for (const one of aired) await again('replayed', running, one, replayed);
    const [victim] = aired[0]?.targets ?? [];
    if (victim === undefined) throw new Error('nobody heard the notice');
    await simulator.crash(victim, 'now');
    await simulator.boot(victim);
    await range.untilAllThere();
    const booted = systemClock.now();
    for (const one of aired) await again('replayed after a power cut', booted, one, replayed);
    await system.hold('simulator');
    rmSync(state, { recursive: true });
    cpSync(copy, state, { recursive: true });
    await system.raise('simulator');
    const restored = systemClock.now();
    // While the time is not known yet, and then when the older copy has been seen through.
    for (const one of aired) await simulator.inject(one.targets, { kind: 'order', order: one.order });
    await range.untilAllThere();
    await systemClock.sleep(QUIET_MS);
    for (const one of aired) await again('replayed to an older copy of the state', restored, one, [...replayed, 'REJ_TIME_UNKNOWN']);
    const wrong = (await range.cards(restored)).filter((card) => card.startedAt >= restored);
    tally.heard('after the older copy', wrong.length);
    await range.airNotice([cast.insideArea]);
    tally.control('a new notice sounds at the terminals with the older copy', true);
  },
};
