import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { policySchema, type MessageView } from '#libs/contracts';
import { readDistrict, readFiles, tablesOf, writeXlsx, type District } from '#libs/tables';
import { askSimulator, readConfig as readCliConfig } from '../../../apps/cli/src';
import { run } from '../../../apps/cli/src/run';
import { readConfig } from '../../../apps/supervisor/src/config';
import { startSystem, type RunningSystem } from '../../../apps/supervisor/src/system';
import { smallDistrict } from '../../unit/libs/tables/small-district';
import { until } from '../../support/until';

const root = path.resolve(__dirname, '../../..');
const base = mkdtempSync('/var/tmp/clarion-district-test-');
chmodSync(base, 0o755);
const out = path.join(base, 'heping');
const people = path.join(out, 'people');
const environment = {
  PATH: process.env['PATH'], CLARION_DATA: path.join(out, 'data'), CLARION_DEMO_KEYS: people, CLARION_SESSION: path.join(base, 'session.json'), CLARION_PORT_OFFSET: '14300',
};
const cards = z.object({ starts: z.array(z.object({ terminal: z.string() })) });
let system: RunningSystem | undefined;

/** One call of the command line with its answer. */
async function clarion(...words: readonly string[]): Promise<{ readonly code: number; readonly answer: never }> {
  let printed = '';
  const code = await run([...words, '--json'], { keyboard: Readable.from([]), out: (text) => { printed += text; }, err: (text) => { printed += text; } }, environment);
  return { code, answer: JSON.parse(printed) as never };
}

async function signIn(account: string): Promise<void> {
  expect((await clarion('sign-in', '--account', account, '--password-file', path.join(people, 'passphrase'))).code).toBe(0);
}

const keyOf = (platform: string, person: string): string => path.join(people, 'people', platform, `${person}.key.json`);
const sorted = <T extends object>(rows: readonly T[]): readonly string[] => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
const allSorted = (district: District | undefined): unknown => Object.fromEntries(Object.entries(district ?? {}).map(([key, rows]) => [key, sorted(rows as readonly object[])]));

beforeAll(async () => {
  execFileSync(process.execPath, [path.join(root, 'tools/build.mjs'), '--quiet']);
  const workbook = path.join(base, 'heping.xlsx');
  writeFileSync(workbook, await writeXlsx(tablesOf(smallDistrict)));
  expect(await clarion('district', 'import', workbook, '--out', out, '--demo-keys')).toMatchObject({ code: 0, answer: { ok: true, tables: { terminals: 4 } } });
  system = await startSystem({ config: readConfig(environment), dist: path.join(root, 'dist') });
}, 180_000);
afterAll(async () => {
  await system?.stop();
  rmSync(base, { recursive: true, force: true });
}, 60_000);

describe('a district imported from somebody\'s tables', () => {
  it('starts, and every terminal of the tables is assigned where they say', async () => {
    await signIn('heping-officer-1');
    const { answer } = await clarion('terminals');
    expect((answer as { id: string; area: string; state: string; resourceCode: string }[]).map(({ id, area, state, resourceCode }) => [id, area, state, resourceCode]).sort())
      .toEqual(smallDistrict.terminals.map(({ id, area, resourceCode }) => [id, area, 'assigned', resourceCode]).sort());
  });

  it('says a village\'s message on that village\'s terminals and on no other', async () => {
    await signIn('nantang-clerk');
    const file = path.join(base, 'message.json');
    writeFileSync(file, JSON.stringify({
      class: 'notice', severity: 'none', eventType: 'notice', title: '停水通知', text: '明天上午停水。', segments: [{ sound: 'chime-opening' }], targets: { areas: ['341599100200'] }, repeats: 1,
    }));
    await until(async () => JSON.stringify((await clarion('sounds')).answer).includes('chime-opening'), 50_000);
    const submitted = await clarion('submit', file, '--key', keyOf('p-nantang', 'nantang-clerk'));
    expect(submitted).toMatchObject({ code: 0 });
    const { id } = submitted.answer as MessageView;
    await signIn('nantang-head');
    expect((await clarion('approve', id, '--key', keyOf('p-nantang', 'nantang-head'))).code).toBe(0);
    const config = readCliConfig(environment);
    const heard = async (): Promise<readonly string[]> => (await askSimulator(config, '/cards', { since: 0 }, cards)).starts.map(({ terminal }) => terminal).sort();
    const states = async (): Promise<readonly string[]> => ((await clarion('receipts', id)).answer as { state: string }[]).map(({ state }) => state);
    await until(async () => (await states()).every((state) => ['audible', 'done', 'failed'].includes(state)), 50_000);
    expect(await heard()).toEqual(['t-nantang-1', 't-nantang-2']);
  }, 60_000);

  it.each([['the bootstrap file', ['--from', path.join(out, 'data', 'bootstrap.json')]], ['the running server', []]] as const)('is exported from %s to tables that read as it was', async (_, words) => {
    await signIn('heping-officer-1');
    const file = path.join(base, `${words.length}.xlsx`);
    expect(await clarion('district', 'export', '--out', file, ...words)).toMatchObject({ code: 0 });
    const { tables } = await readFiles([{ name: 'export.xlsx', bytes: readFileSync(file) }]);
    const { district, faults } = readDistrict(tables, { policy: policySchema.parse(JSON.parse(readFileSync(path.join(root, 'policy/default.json'), 'utf8'))) });
    expect(faults).toEqual([]);
    // Everybody's public keys were made here: the tables had none.
    expect(allSorted(district === undefined ? undefined : { ...district, people: district.people.map((person) => ({ ...person, keys: [], officerKey: '' })) })).toEqual(allSorted(smallDistrict));
    expect(district?.people.filter(({ keys }) => keys.length === 0).map(({ id }) => id)).toEqual(['heping-admin']);
  });
});
