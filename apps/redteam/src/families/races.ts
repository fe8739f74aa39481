import { systemClock } from '../../../cli/src';
import type { Family } from '../attack';
import { historyFault, RACES } from '../races/history';
import { Rivals } from '../races/rivals';

const PAIRS = 12;
/** With `--whole`: ten thousand over all kinds. */
const ALL_PAIRS = 10_000;
const AT_ONCE = 3;

/** Two requests at the same moment about one message, by the real API: only what one after the other could have left is left (T66). */
export const RIVALS: Family = {
  family: 'two at once on one message', threat: 'T66', where: 'district',
  run: async ({ range, tally, thin, whole }) => {
    const since = systemClock.now();
    const rivals = await Rivals.of(range);
    const orders = new Set<string>();
    const pairs = whole ? Math.ceil(ALL_PAIRS / RACES.length) : Math.max(AT_ONCE, Math.floor(PAIRS / thin));
    for (const race of RACES) {
      for (let pair = 0; pair < pairs; pair += AT_ONCE) {
        for (const outcome of await Promise.all(Array.from({ length: AT_ONCE }, () => rivals.race(race)))) {
          const fault = historyFault(race, outcome);
          orders.add(`${race}: ${outcome.answers.join(', ')}`);
          tally.judged(`${race}: ${fault ?? ''}`, fault === undefined ? 'a legal history' : 'no legal history', ['a legal history']);
        }
      }
    }
    tally.control(`both orders came up: ${orders.size} different pairs of answers over ${RACES.length} races`, orders.size > RACES.length);
    await systemClock.sleep(2_000);
    tally.heard('held messages', (await range.soundedWrongly(since)).length);
    const after = await range.airNotice([range.cast.insideArea]);
    tally.control('a genuine notice is approved and sounds after it', after.targets.length > 0);
  },
};
