import { hashPassword, isPassword } from '../../../../../../apps/platform/src/features/access/passwords';

let [running, most] = [0, 0];

/** The real thing, counted. */
jest.mock('@node-rs/argon2', () => {
  const real = jest.requireActual<Record<'hash' | 'verify', (...given: readonly unknown[]) => Promise<unknown>>>('@node-rs/argon2');
  const counted = (work: (...given: readonly unknown[]) => Promise<unknown>) => async (...given: readonly unknown[]) => {
    running += 1;
    most = Math.max(most, running);
    return work(...given).finally(() => { running -= 1; });
  };
  return { hash: counted(real.hash), verify: counted(real.verify) };
});

describe('passwords', () => {
  it('are compared one at a time, however many people sign in, known ones and unknown ones alike', async () => {
    const [one, other] = await Promise.all([hashPassword('one'), hashPassword('other')]);
    const asked = [[one, 'one'], [one, 'other'], [undefined, 'one'], [other, 'other'], ['$unreadable', 'one'], [undefined, 'decoy']] as const;
    expect(await Promise.all(asked.map(([hash, password]) => isPassword(hash, password)))).toEqual([true, false, false, true, false, false]);
    expect(most).toBe(1);
  });
});
