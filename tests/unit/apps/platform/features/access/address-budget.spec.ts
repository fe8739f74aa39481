import { AddressBudget } from '../../../../../../apps/platform/src/features/access/address-budget';

describe('the budget of an address', () => {
  it('ends after 100 failures over all accounts, and begins anew after ten minutes', () => {
    const budget = new AddressBudget();
    for (let n = 0; n < 99; n += 1) budget.failed('a', n);
    expect(budget.waitMs('a', 99)).toBe(0);
    budget.failed('a', 99);
    expect(budget.waitMs('a', 100)).toBe(599_900);
    expect(budget.waitMs('b', 100)).toBe(0);
    expect(budget.waitMs('a', 600_000)).toBe(0);
    budget.failed('a', 600_000);
    expect(budget.waitMs('a', 600_001)).toBe(0);
  });

  it('does not grow with the number of addresses', () => {
    const budget = new AddressBudget();
    for (let n = 0; n < 100; n += 1) budget.failed('old', 0);
    for (let n = 0; n < 10_000; n += 1) budget.failed(`x${n}`, 1);
    expect(budget.waitMs('old', 2)).toBe(0);
  });
});
