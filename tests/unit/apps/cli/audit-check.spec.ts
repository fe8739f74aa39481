import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowCheck } from '#libs/contracts';
import { systemClock } from '../../../../apps/cli/src';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-audit-check-'));
const file = (name: string): string => join(folder, name);
const BEFORE: RowCheck = { running: true, startedAt: 1, finishedAt: 2, rows: 5, faults: [], more: 0 };
const ENDED: RowCheck = { running: false, startedAt: 10, finishedAt: 12, rows: 42, faults: [], more: 0 };
const FAULT = { platform: 'd', table: 'stop', row: 'a-stop', code: 'ROW_DIFFERS' };
let platform: FakePlatform;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  platform = await FakePlatform.start();
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('d-auditor', 'd')));
  environment = { CLARION_URL: platform.url, CLARION_DATA: file('data'), CLARION_DEMO_KEYS: file('people'), CLARION_SESSION: file('session.json') };
});
beforeEach(() => { platform.forget(); });
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A server that is asked twice while it reads its rows, and then gives this. */
async function check(ended: RowCheck, words: readonly string[] = []): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const answers = [BEFORE, BEFORE, ended];
  platform.on('POST /api/audit/check', BEFORE);
  platform.on('GET /api/audit/check', () => ({ json: answers.shift() }));
  return clarion(['audit', 'check', ...words], environment, '', { ...systemClock, sleep: () => Promise.resolve() });
}

describe('audit check', () => {
  it('waits until the server has read every row, and says that all hold', async () => {
    expect(await check(ENDED)).toMatchObject({ code: 0, err: '', out: expect.stringContaining(': 42 rows') });
    expect(platform.posted('/api/audit/check')).toEqual([{}]);
    expect(platform.asked.filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  it('names each row that is not what was signed, counts those that are not shown, and ends with a code of its own', async () => {
    const { code, out } = await check({ ...ENDED, faults: [FAULT], more: 7 });
    expect(code).toBe(4);
    expect(out).toContain('ROW_DIFFERS d: stop a-stop\nand 7 more\n8 rows are not what was signed');
  });

  it('gives a program all of it as one value', async () => {
    const { code, out } = await check({ ...ENDED, faults: [FAULT] }, ['--json']);
    expect([code, JSON.parse(out)]).toEqual([4, { ...ENDED, faults: [FAULT] }]);
  });

  it('does not call a comparison that broke off a good one', async () => {
    expect(await check({ ...BEFORE, running: false })).toMatchObject({ code: 1, err: expect.stringContaining('CHECK_FAILED') });
    expect(await check({ ...ENDED, startedAt: null, finishedAt: null })).toMatchObject({ code: 1 });
  });

  it('takes nothing else', async () => {
    expect(await check(ENDED, ['file'])).toMatchObject({ code: 2 });
    expect(await check(ENDED, ['--out', 'file'])).toMatchObject({ code: 2 });
    expect(platform.asked).toEqual([]);
  });
});
