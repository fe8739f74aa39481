import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../../cli/src';
import type { Family } from '../attack';
import type { Aired } from '../range';

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
      const refused = await range.inject(victims, { kind: 'order', order: one.order }, true);
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
