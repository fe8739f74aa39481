import { integratedLufs } from '../../../../libs/audio/loudness';
import { LevelSketch } from '../../../../libs/audio/level-sketch';
import { limitTruePeak } from '../../../../libs/audio/limiter';
import { speechLike } from './signals';

describe('the sketch of a recording', () => {
  const { samples } = speechLike(3000, 0.5);
  const sketch = new LevelSketch(samples);

  it('knows how loud it is', () => {
    expect(sketch.lufsAt(1, Infinity)).toBeCloseTo(integratedLufs(samples), 6);
  });

  it.each([1, 2, 4, 8])('foresees within 0.3 LU what the limiter leaves at gain %d', (gain) => {
    const louder = samples.map((sample) => sample * gain);
    expect(Math.abs(sketch.lufsAt(gain, 0.6) - integratedLufs(limitTruePeak(louder, 0.6)))).toBeLessThan(0.3);
  });

  it('says nothing under 400 ms', () => {
    expect(new LevelSketch(samples.subarray(0, 399 * 48)).lufsAt(1, 1)).toBe(-Infinity);
  });
});
