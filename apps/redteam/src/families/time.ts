import { EMPTY_SEQ_WINDOW, withSeq } from '#libs/domain';
import { applyDocument } from '#libs/trust';
import { makeKey, NOW } from '../../../../tests/support/trust-builder';
import type { Family } from '../attack';
import type { Genuine, Lab } from '../lab';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** A genuine order late, early and under a frozen or jumping clock: T27, T32, T69. */
export const TIME: Family = {
  family: 'late, early, frozen and jumping time', threat: 'T27 T31 T32 T69', where: 'admit',
  run: async ({ lab, tally, random, thin }) => {
    const at = (one: Genuine, now: number | null, beaconAt: number | null): string => lab.judge(one.at, one.order, { now, beaconAt });
    for (const one of lab.recorded) {
      const { notBefore, notAfter } = one.bound;
      const { class: kind } = one.said;
      const name = `${kind} of ${one.platform}`;
      const isUrgent = kind === 'emergency' || kind === 'advisory';
      tally.control(`${name} plays a second before its end`, at(one, notAfter - SECOND, notAfter - SECOND) === 'play');
      for (const late of [0, SECOND, HOUR, DAY, 30 * DAY]) tally.judged(`${name}, ${late} ms after its end`, at(one, notAfter + late, notAfter + late), ['expired', 'REJ_EXPIRED']);
      for (const early of [5_001, HOUR, DAY, 365 * DAY]) tally.judged(`${name}, ${early} ms before its begin`, at(one, notBefore - early, notBefore - early), ['REJ_NOT_YET']);
      tally.judged(`${name}, no time`, at(one, null, null), ['REJ_TIME_UNKNOWN']);
      tally.judged(`${name}, never a beacon`, at(one, NOW, null), ['REJ_TIME_STALE', 'REJ_TIME_UNKNOWN']);
      for (const age of [30 * DAY + 1, 60 * DAY]) tally.judged(`${name}, beacon ${age / DAY} days old`, at(one, NOW, NOW - age), ['REJ_TIME_STALE']);
      if (isUrgent) tally.control(`${name} plays with a beacon 25 hours old`, at(one, NOW, NOW - 25 * HOUR) === 'play');
      else tally.judged(`${name}, beacon 25 hours old`, at(one, NOW, NOW - 25 * HOUR), ['REJ_TIME_STALE']);
      for (const epoch of [0, 1, Date.UTC(2038, 0, 19, 3, 14, 8), NOW - 365 * DAY, NOW + 365 * DAY, NOW - DAY, NOW + DAY]) {
        tally.judged(`${name}, clock at ${new Date(epoch).toISOString()}`, at(one, epoch, epoch), epoch < NOW ? ['REJ_NOT_YET'] : ['expired', 'REJ_EXPIRED', 'REJ_CHARTER_EXPIRED', 'REJ_ROSTER_EXPIRED']);
      }
    }
    fastForward(lab, (name, outcome, codes) => { tally.judged(name, outcome, codes); }, Math.max(20, Math.floor(200 / thin)), (below) => random.int(below));
    tally.control('with the dispatcher\'s next key the next genuine order plays, however far the stolen one drove its numbers up', await rotated(lab) === 'play');
  },
};

/** A thief of the dispatcher drives its numbers up: each leap is bounded, and what its owner says next is too old (T31). */
function fastForward(lab: Lab, judged: (name: string, outcome: string, codes: readonly string[]) => void, tries: number, int: (below: number) => number): void {
  const one = lab.recorded.find(({ platform }) => platform === 't1');
  if (one === undefined) throw new Error('nothing recorded of the township');
  for (let n = 0; n < tries; n += 1) {
    const highest = one.bound.seq + 1_024 + int(1_000_000);
    judged(`numbers driven up to ${highest}`, lab.judge(one.at, one.order, { floors: floorsOf(lab, highest) }), ['REJ_SEQ_OLD']);
  }
}

/** Officers give the township's dispatcher another key: the floor belongs to the old one. */
async function rotated(lab: Lab): Promise<string> {
  const { world } = lab;
  const fresh = await makeKey();
  const next = applyDocument(lab.trustOf('v1'), await world.roster('t1', { set: { version: 2, issuedAt: NOW, dispatcher: fresh.record } }), NOW);
  if (!next.ok) throw new Error(`the roster with another dispatcher: ${next.code}`);
  const { order } = await world.order('t1', { dispatch: { by: [fresh.signer], set: { seq: 1 } } });
  return lab.judge('v1', order, { trust: next.value, floors: floorsOf(lab, 1_000_000, 2_000_000, 3_000_000) });
}

function floorsOf({ world }: Lab, ...leaps: readonly number[]) {
  return new Map([[world.platform('t1').dispatcher.record.keyId, { epoch: 1, window: leaps.reduce(withSeq, EMPTY_SEQ_WINDOW) }]]);
}
