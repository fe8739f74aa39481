import { systemClock } from '../../../cli/src';
import { until } from '../../../scripted-day/src/until';
import type { Signer } from '#libs/suites';
import type { Family } from '../attack';
import { diskImages } from '../disk-image';
import type { Range } from '../range';
import { Rogue } from '../rogue';

/** The figure of the threat model. */
const FLAGGED_MS = 60_000;
const CLONES = 3;

/** Two boxes with one identity, the copy made from the terminal's disk: seen and told within a minute, and neither makes the other play (T56). */
export const CLONES_SEEN: Family = {
  family: 'a second box with a terminal\'s identity', threat: 'T56 T75', where: 'district',
  run: async ({ range, tally, thin }) => {
    const since = systemClock.now();
    const { targets } = await range.airNotice([range.cast.insideArea, range.cast.village]);
    await range.untilAllThere();
    const chosen = targets.slice(0, thin > 1 ? 1 : CLONES);
    const images = await diskImages(range, chosen);
    await Promise.all(images.map(async ({ terminal, signer }) => {
      const seenAt = await pushedOut(range, terminal, signer);
      tally.judged(`a copy of ${terminal}, seen after ${seenAt ?? '-'} ms`, seenAt === undefined ? 'nobody noticed' : 'clone', ['clone']);
    }));
    const events = (await range.events(since)).filter(({ kind, terminal }) => kind === 'clone' && terminal !== null && chosen.some((one) => one === terminal));
    tally.alarmed(new Set(events.map(({ terminal }) => terminal)).size);
    tally.control('only the copied ones are called so', new Set((await range.events(since)).filter(({ kind }) => kind === 'clone').map(({ terminal }) => terminal)).size === chosen.length);
    await range.untilAllThere();
    tally.heard('after it', (await range.soundedWrongly(since)).length);
    await range.airNotice([range.cast.insideArea]);
    tally.control('the genuine boxes sound when the copies are gone', true);
  },
};

/** Keeps coming back whenever the genuine box takes the place; ms until the platform says `clone`, undefined when it does not in time. */
async function pushedOut(range: Range, terminal: string, signer: Signer): Promise<number | undefined> {
  const began = systemClock.now();
  let isSeen = false;
  const rogues: Rogue[] = [];
  const seen = until(FLAGGED_MS, async () => {
    const found = (await range.events(began)).some((event) => event.kind === 'clone' && event.terminal === terminal);
    return found ? systemClock.now() - began : undefined;
  }, 1_000).finally(() => { isSeen = true; });
  while (!isSeen && systemClock.now() - began < FLAGGED_MS) {
    const rogue = Rogue.knock(range);
    rogues.push(rogue);
    if (await rogue.hello(terminal, signer) === 'welcome') await rogue.turnedAway(FLAGGED_MS - (systemClock.now() - began));
    rogue.leave();
  }
  for (const rogue of rogues) rogue.leave();
  return seen;
}
