import { EMPTY_SEQ_WINDOW, withSeq } from '#libs/domain';
import { NOW } from '../../../../tests/support/trust-builder';
import type { Family } from '../attack';
import type { Genuine, Lab } from '../lab';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** A genuine order late, early and under a frozen or jumping clock: T27, T32, T69. */
export const TIME: Family = {
  family: 'late, early, frozen and jumping time', threat: 'T27 T31 T32 T69', where: 'admit',
  run: ({ lab, tally, random, thin }) => {
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
    fastForward(lab, (name, outcome, codes) => { tally.judged(name, outcome, codes); }, (name, isOk) => { tally.control(name, isOk); }, Math.max(20, Math.floor(200 / thin)), (below) => random.int(below));
    return Promise.resolve();
  },
};

/** A thief of the dispatcher drives its numbers up: each leap is bounded, and a new key begins anew (T31). */
function fastForward(lab: Lab, judged: (name: string, outcome: string, codes: readonly string[]) => void, control: (name: string, isOk: boolean) => void, tries: number, int: (below: number) => number): void {
  const one = lab.recorded.find(({ platform }) => platform === 't1');
  if (one === undefined) throw new Error('nothing recorded of the township');
  const keyId = lab.world.platform('t1').dispatcher.record.keyId;
  const floors = (highest: number) => new Map([[keyId, { epoch: 1, window: withSeq(EMPTY_SEQ_WINDOW, highest) }]]);
  for (let n = 0; n < tries; n += 1) {
    const highest = one.bound.seq + 1_024 + int(1_000_000);
    judged(`numbers driven up to ${highest}`, lab.judge(one.at, one.order, { floors: floors(highest) }), ['REJ_SEQ_OLD']);
  }
  control('the same order plays under numbers that another key drove up', lab.judge(one.at, one.order, { floors: new Map([[`${keyId.slice(1)}0`, { epoch: 9, window: withSeq(EMPTY_SEQ_WINDOW, 1_000_000) }]]) }) === 'play');
}
