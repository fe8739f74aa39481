import fc from 'fast-check';
import { LIMITS } from '#libs/contracts';
import { EMPTY_SEQ_WINDOW, isSeqWindow, judgeSeq, withSeq, type SeqVerdict, type SeqWindow } from '#libs/domain';
import { asked } from '../../../../support/properties';

/** docs/protocol.md 9 step 6, with all numbers that were ever used: no window, no bits. */
class UsedNumbers {
  private readonly used = new Set<number>();
  private highest = 0;

  judge(seq: number): SeqVerdict {
    if (seq > this.highest + LIMITS.seqJump) return 'jump';
    if (seq < 1 || seq <= this.highest - LIMITS.seqWindow) return 'old';
    return this.used.has(seq) ? 'replay' : 'accept';
  }

  use(seq: number): void {
    this.used.add(seq);
    this.highest = Math.max(this.highest, seq);
  }
}

/** How the next number lies to the highest: mostly near, at times at an edge. */
const steps = fc.array(fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: -LIMITS.seqWindow - 3, max: LIMITS.seqWindow + 3 }) },
  { weight: 2, arbitrary: fc.constantFrom(-LIMITS.seqWindow - 1, -LIMITS.seqWindow, -LIMITS.seqWindow + 1, -1, 0, 1, LIMITS.seqWindow - 1, LIMITS.seqWindow, LIMITS.seqWindow + 1, LIMITS.seqJump, LIMITS.seqJump + 1) },
), { minLength: 1, maxLength: 60 });

it('the window agrees with a set of all numbers ever used, also when it goes through the disk between any two', () => {
  fc.assert(fc.property(steps, (offsets) => {
    const model = new UsedNumbers();
    let window: SeqWindow = EMPTY_SEQ_WINDOW;
    for (const offset of offsets) {
      const seq = window.highest + offset;
      const verdict = model.judge(seq);
      expect([seq, judgeSeq(window, seq)]).toEqual([seq, verdict]);
      if (verdict !== 'accept') continue;
      model.use(seq);
      const read: unknown = JSON.parse(JSON.stringify(withSeq(window, seq)));
      if (!isSeqWindow(read)) throw new Error('what was written is no window');
      window = read;
    }
  }), asked(250));
});

it('no order of the same numbers lets one of them through twice', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 40 }), (seqs) => {
    const taken: number[] = [];
    seqs.concat(seqs).reduce((window: SeqWindow, seq) => {
      if (judgeSeq(window, seq) !== 'accept') return window;
      taken.push(seq);
      return withSeq(window, seq);
    }, EMPTY_SEQ_WINDOW);
    expect(new Set(taken).size).toBe(taken.length);
  }), asked(250));
});
