import { SingleStops } from '../../../../../apps/platform/src/stop/single-stops';

const DAY = 86_400_000;

describe('stops of single messages', () => {
  it('are bounded for each who gives them, and leave room again when they are over', () => {
    const single = new SingleStops(3);
    expect([single.take('a', 2, 0), single.take('a', 2, 0), single.take('a', 1, DAY), single.take('a', 1, DAY)]).toEqual([true, false, true, false]);
    expect(single.take('b', 3, DAY)).toBe(true);
    expect([single.take('a', 3, 10 * DAY), single.take('a', 2, 10 * DAY)]).toEqual([false, true]);
  });
});
