import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { childSpec, CHILD_NAMES, type ChildName } from '../../../../apps/supervisor/src/children';

const SETTINGS = { dist: '/dist', environment: {}, databaseUrl: 'postgres://x', small: false, lan: false };
const MIB = 1024 * 1024;

/** Peak of the young generation while half of what is made lives on, MiB. */
function youngMiB(name: ChildName): number {
  const code = `const { getHeapSpaceStatistics } = require('node:v8');
    let most = 0;
    for (let round = 0, kept = []; round < 60; round += 1) {
      kept = kept.slice(-40).concat([Array.from({ length: 20_000 }, (_, at) => ({ at }))]);
      most = Math.max(most, getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').physical_space_size);
    }
    console.log(most);`;
  return z.coerce.number().parse(execFileSync(process.execPath, [...childSpec(name, SETTINGS).nodeArgs ?? [], '-e', code], { encoding: 'utf8' })) / MIB;
}

describe('the processes of the system', () => {
  it('start the platform and the gateway with a small young generation, which Node takes', () => {
    expect(youngMiB('platform')).toBeLessThanOrEqual(16);
    expect(youngMiB('gateway')).toBeLessThanOrEqual(16);
    expect(youngMiB('sign')).toBeGreaterThan(16);
  });

  it('start these two with two stocks of memory, unless the site says otherwise', () => {
    const stocks = (environment: Readonly<Record<string, string>>) => CHILD_NAMES.map((name) => childSpec(name, { ...SETTINGS, environment }).environment['MALLOC_ARENA_MAX']);
    expect(stocks({})).toEqual(CHILD_NAMES.map((name) => (['platform', 'gateway'].includes(name) ? '2' : undefined)));
    expect(stocks({ MALLOC_ARENA_MAX: '4' })).toEqual(CHILD_NAMES.map(() => '4'));
  });

  it('get the database told as the platform alone', () => {
    expect(CHILD_NAMES.filter((name) => JSON.stringify(childSpec(name, SETTINGS)).includes('postgres://'))).toEqual(['platform']);
  });
});
