import { createSilenceWatch, createUntakenBlocks, SILENCE_DBFS, speakingTimeAt, speakingTimes } from '#libs/domain';
import { digestSchema, keyIdSchema, type LiveBody } from '#libs/contracts';
import { liveEndsAt, liveGrantOf } from '#libs/trust';

const LIVE: LiveBody = {
  sessionKey: { keyId: keyIdSchema.parse('0'.repeat(64)), alg: 'ed25519', spki: '' }, delayMs: 800, blockMs: 100, maxDurationMs: 600_000,
  chime: { sha256: digestSchema.parse('1'.repeat(64)), bytes: 900, role: 'chime', durationMs: 2_000 },
};

describe('silence at the microphone', () => {
  it('is told after 12 s and holds the voice after 20 s', () => {
    const watch = createSilenceWatch(1_000);
    expect([12_999, 13_000, 20_999, 21_000].map((at) => watch.heard(-60, at))).toEqual(['speaking', 'reminded', 'reminded', 'held']);
  });

  it('ends with a word while it is only told', () => {
    const watch = createSilenceWatch(0);
    expect([watch.heard(-70, 19_000), watch.heard(-30, 19_500), watch.heard(-70, 31_499), watch.heard(-70, 31_500)]).toEqual(['reminded', 'speaking', 'speaking', 'reminded']);
  });

  it('holds the voice until the speaker resumes, whoever speaks meanwhile', () => {
    const watch = createSilenceWatch(0);
    expect([watch.heard(-30, 20_000), watch.heard(-10, 25_000)]).toEqual(['held', 'held']);
    watch.resume(26_000);
    expect([watch.heard(-90, 37_999), watch.heard(-90, 38_000)]).toEqual(['speaking', 'reminded']);
  });

  it('is also what has no level, and what is just as loud as silence', () => {
    const watch = createSilenceWatch(0);
    expect([watch.heard(NaN, 11_000), watch.heard(SILENCE_DBFS, 12_000), watch.heard(-Infinity, 20_000)]).toEqual(['speaking', 'reminded', 'held']);
  });
});

describe('the time to speak', () => {
  const times = speakingTimes(LIVE, 50_000);

  it('begins behind the chime and ends where loudspeakers take no more', () => {
    expect(times).toEqual({ from: 51_200, until: 651_200 });
    expect(times.until + LIVE.delayMs).toBe(liveEndsAt(liveGrantOf('0'.repeat(64), LIVE, { startAt: 50_000 })));
    expect(speakingTimes({ ...LIVE, chime: null }, 50_000).from).toBe(49_200);
  });

  it('says what is left, warns half a minute before the end and ends', () => {
    expect([50_000, 51_200, 621_199, 621_200, 651_199, 651_200].map((now) => speakingTimeAt(times, now))).toEqual([
      { kind: 'early', leftMs: 600_000 }, { kind: 'speak', leftMs: 600_000 }, { kind: 'speak', leftMs: 30_001 },
      { kind: 'warned', leftMs: 30_000 }, { kind: 'warned', leftMs: 1 }, { kind: 'over' },
    ]);
  });
});

describe('blocks that have not arrived', () => {
  const block = (seq: number) => ({ seq, capturedAt: seq * 100, bytes: Uint8Array.of(seq & 255) });
  const seqs = (blocks: readonly { readonly seq: number }[]) => blocks.map(({ seq }) => seq);

  it('are sent again in order from the one that is asked for, what was taken is not', () => {
    const untaken = createUntakenBlocks();
    for (let seq = 1; seq <= 6; seq += 1) untaken.add(block(seq));
    untaken.taken(2);
    expect(seqs(untaken.again(1, 700))).toEqual([3, 4, 5, 6]);
    expect(seqs(untaken.again(5, 700))).toEqual([5, 6]);
  });

  it('are let go after ten seconds, at hand and when they are asked for', () => {
    const untaken = createUntakenBlocks();
    for (let seq = 1; seq <= 150; seq += 1) untaken.add(block(seq));
    expect(seqs(untaken.again(1, 15_000))).toEqual(Array.from({ length: 101 }, (_, n) => 50 + n));
    expect(seqs(untaken.again(1, 24_950))).toEqual([150]);
  });
});
