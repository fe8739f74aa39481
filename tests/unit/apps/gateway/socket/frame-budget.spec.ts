import { FrameBudget } from '../../../../../apps/gateway/src/socket/frame-budget';

describe('the frame budget', () => {
  it('allows one second\'s worth at once, then only what time refills', () => {
    let now = 0;
    const budget = new FrameBudget(() => now, 10);
    expect(Array.from({ length: 10 }, () => budget.take()).every(Boolean)).toBe(true);
    expect(budget.take()).toBe(false);
    now = 100;
    expect([budget.take(), budget.take()]).toEqual([true, false]);
    now = 60_000;
    expect(Array.from({ length: 11 }, () => budget.take())).toEqual([...Array.from({ length: 10 }, () => true), false]);
  });
});
