import { doubled, firstStarts, outsideSounded, percentiles, staleSounded, startSkew, type CardStart } from '../../../../apps/scripted-day/src/figures';

const start = (change: Partial<CardStart> = {}): CardStart => ({
  terminal: 't-1', dispatchId: 'd', messageDigest: 'm', repetition: 1, startAt: 1_000, startedAt: 1_002, readyAt: 500, endedAt: 5_000, fromMs: 0, gainDb: 0, digest: 'd', ...change,
});

describe('the figures of the scripted day', () => {
  it('gives nearest-rank percentiles, and -1 for nothing', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
    expect(percentiles([])).toEqual({ p50: -1, p95: -1, p99: -1, max: -1 });
  });

  it('counts a start as late unless its samples lay ready 100 ms before', () => {
    const starts = [start(), start({ readyAt: 900, startedAt: 1_005 }), start({ readyAt: 901, startedAt: 1_300 })];
    expect(startSkew(starts)).toEqual({ skew: { p50: 2, p95: 5, p99: 5, max: 5 }, lateStarts: 1 });
  });

  it('takes an early start for as bad as a late one', () => {
    expect(startSkew([start({ startedAt: 970 })]).skew.max).toBe(30);
  });

  it('counts the same repetition twice on one card as doubled, other repetitions and cards not', () => {
    expect(doubled([start(), start({ repetition: 2 }), start({ terminal: 't-2' })])).toBe(0);
    expect(doubled([start(), start({ dispatchId: 'another' })])).toBe(1);
  });

  it('counts a terminal that was no target, and one that sounded what nobody sent', () => {
    const targets = new Map([['m', new Set(['t-1'])]]);
    expect(outsideSounded([start()], targets)).toBe(0);
    expect(outsideSounded([start({ terminal: 't-2' }), start({ terminal: 't-2', repetition: 2 })], targets)).toBe(1);
    expect(outsideSounded([start({ messageDigest: 'forged' })], targets)).toBe(1);
  });

  it('counts starts after the window and after a stop', () => {
    const ends = new Map([['m', { notAfter: 10_000, stoppedAt: 2_000 }]]);
    expect(staleSounded([start(), start({ startedAt: 3_000 })], ends)).toBe(0);
    expect(staleSounded([start({ startedAt: 3_001 }), start({ startedAt: 10_001 }), start({ messageDigest: 'unknown' })], ends)).toBe(3);
  });

  it('picks the first repetitions of one message', () => {
    expect(firstStarts([start(), start({ repetition: 2 }), start({ messageDigest: 'other' })], 'm')).toHaveLength(1);
  });
});
