import { LIMITS } from '#libs/contracts';
import { EMPTY_SEQ_WINDOW, isSeqWindow, judgeSeq, leastSeq, withSeq, type SeqVerdict } from '#libs/domain';
import { seededRandom } from '../../../support/seeded-random';

describe('the sequence window', () => {
  it('takes each number once, also below the highest', () => {
    const window = [1, 5, 3].reduce(withSeq, EMPTY_SEQ_WINDOW);
    expect([1, 2, 3, 4, 5, 6].map((seq) => judgeSeq(window, seq))).toEqual(['replay', 'accept', 'replay', 'accept', 'replay', 'accept']);
  });

  it('gives a dispatch no lower number than the time: one each quarter of an hour since 2026, one at least, half the jump at most', () => {
    const start = Date.UTC(2026, 0, 1);
    expect([leastSeq(0), leastSeq(start), leastSeq(start + 900_000 * 2), leastSeq(start + 900_000 * 3 - 1)]).toEqual([1, 1, 2, 2]);
    expect([leastSeq(Date.UTC(2039, 0, 1)), leastSeq(Date.UTC(2500, 0, 1))]).toEqual([455_808, LIMITS.seqJump / 2]);
    // A terminal made today, and one that heard nothing for years, take what a platform says today.
    for (const window of [EMPTY_SEQ_WINDOW, withSeq(EMPTY_SEQ_WINDOW, 1)]) expect(judgeSeq(window, leastSeq(Date.UTC(2100, 0, 1)))).toBe('accept');
    // What one window of nine days raises never makes an order still in force too old.
    expect(leastSeq(start + 864_000_000) - leastSeq(start)).toBeLessThan(LIMITS.seqWindow);
  });

  it('refuses what lies 1,024 or more below the highest, and what leaps more than a million ahead', () => {
    const window = withSeq(EMPTY_SEQ_WINDOW, 2_000);
    expect(judgeSeq(window, 2_000 - LIMITS.seqWindow)).toBe('old');
    expect(judgeSeq(window, 2_001 - LIMITS.seqWindow)).toBe('accept');
    expect(judgeSeq(window, 2_000 + LIMITS.seqJump)).toBe('accept');
    expect(judgeSeq(window, 2_001 + LIMITS.seqJump)).toBe('jump');
    expect(judgeSeq(EMPTY_SEQ_WINDOW, Number.MAX_SAFE_INTEGER)).toBe('jump');
    expect(judgeSeq(EMPTY_SEQ_WINDOW, 0)).toBe('old');
  });

  it('records only what it accepts, and leaves the window it was given as it was', () => {
    const window = withSeq(EMPTY_SEQ_WINDOW, 7);
    expect(() => withSeq(window, 7)).toThrow(RangeError);
    withSeq(window, 9);
    expect(window).toEqual(withSeq(EMPTY_SEQ_WINDOW, 7));
  });

  it('survives JSON, and tells a damaged copy from a window', () => {
    const window = [4, 1_000_000, 999_500].reduce(withSeq, EMPTY_SEQ_WINDOW);
    const copy: unknown = JSON.parse(JSON.stringify(window));
    expect(copy).toEqual(window);
    expect(isSeqWindow(copy)).toBe(true);
    for (const bad of [null, {}, { highest: -1, seen: window.seen }, { highest: 3.5, seen: window.seen }, { highest: 1_000_000, seen: window.seen.slice(1) }, { highest: 1_000_000, seen: 'g'.repeat(256) }, { highest: 1_000_001, seen: window.seen }]) {
      expect(isSeqWindow(bad)).toBe(false);
    }
  });

  it('agrees with a plain set of numbers over 20,000 random steps', () => {
    const random = seededRandom(41);
    for (let round = 0; round < 20; round += 1) {
      let window = EMPTY_SEQ_WINDOW;
      const used = new Set<number>();
      let highest = 0;
      for (let step = 0; step < 1_000; step += 1) {
        const seq = Math.max(0, highest + random.int(random.pick([4, 40, 1_100, 3_000])) - random.int(random.pick([4, 600, 1_500])));
        const model: SeqVerdict = seq < 1 || seq <= highest - LIMITS.seqWindow ? 'old' : used.has(seq) ? 'replay' : 'accept';
        if (judgeSeq(window, seq) !== model) throw new Error(`${seq} after ${highest}: ${judgeSeq(window, seq)}, not ${model}`);
        if (model !== 'accept') continue;
        window = withSeq(window, seq);
        used.add(seq);
        highest = Math.max(highest, seq);
      }
    }
  });
});
