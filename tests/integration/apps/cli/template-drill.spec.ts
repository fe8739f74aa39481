import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { FEATURES } from '../../../../apps/platform/src/app.module';
import { ComposeDraft } from '../../../../apps/platform/src/features/messages';
import { run } from '../../../../apps/cli/src/run';
import { useMessageFlow } from '../../../support/message-flow';
import { PASSWORD, usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server, { without: ['v3-term-1'] });
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-cli-'));

/** One command line of this account; JSON answers are read. */
async function clarion(account: string, ...words: readonly string[]): Promise<{ readonly code: number; readonly answer: any; readonly out: string; readonly err: string }> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const keyboard = new PassThrough();
  keyboard.end('');
  let [out, err] = ['', ''];
  const environment = { CLARION_URL: server.base, CLARION_SESSION: path.join(folder, `${account}.json`), HOME: folder };
  const code = await run(words, { keyboard, out: (text) => { out += text; }, err: (text) => { err += text; } }, environment);
  return { code, out, err, answer: words.includes('--json') ? JSON.parse(out) : undefined };
}
const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

beforeAll(async () => {
  writeFileSync(path.join(folder, 'password'), PASSWORD, { mode: 0o600 });
  chmodSync(path.join(folder, 'password'), 0o600);
  for (const account of ['t1-author', 't1-admin']) {
    const { code, err } = await clarion(account, 'sign-in', '--account', account, '--password-file', path.join(folder, 'password'));
    if (code !== 0) throw new Error(err);
    // The platform's clock stands elsewhere than the command line's: for this one the session goes on.
    const file = path.join(folder, `${account}.json`);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), expiresAt: Date.UTC(9999, 0) }));
  }
  await flow.draft('t1');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILLED = ['--field', 'unit=区气象台', '--field', 'time=14:02', '--field', 'place=樵舍镇', '--field', 'hours=6', '--field', 'mm=100'];

describe('./clarion template', () => {
  it('lists one list at a time, and shows what fits into each gap', async () => {
    const actual = await clarion('t1-author', 'template', 'ls');
    expect([actual.code, actual.err]).toEqual([0, '']);
    expect(actual.out).toMatch(/rainstorm-red +emergency\/red siren 暴雨红色预警/u);
    expect(actual.out).not.toContain('演练');
    expect((await clarion('t1-author', 'template', 'ls', '--drills')).out).toContain('演练：暴雨避险');
    const shown = await clarion('t1-author', 'template', 'show', 'rainstorm-red');
    expect(shown.out).toContain('mm 降雨量: number from 1 to 800 毫米, for example 100');
    expect((await clarion('t1-author', 'template', 'show', 'no-such')).code).toBe(4);
  });

  it('fills one in, says what the bytes say and would do, and signs nothing without a key', async () => {
    const { code, out, err } = await clarion('t1-author', 'template', 'fill', 'rainstorm-red', ...FILLED, '--area', 't1-area');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('emergency / red / actual: 暴雨红色预警');
    expect(out).toContain('taken back by correction: 更正通知。刚才播出的暴雨红色预警是误发');
    expect((await clarion('t1-author', 'template', 'fill', 'rainstorm-red', ...FILLED, '--area', 't1-area', '--submit')).code).toBe(2);
  });

  it('tells every wrong field, and what is no field at all', async () => {
    const refused = await clarion('t1-author', 'template', 'fill', 'rainstorm-red', '--field', 'time=soon', '--area', 'atlantis', '--json');
    expect([refused.code, refused.answer.code]).toEqual([4, 'INVALID']);
    expect(refused.answer.fields.map(({ path: at, code }: { path: string; code: string }) => `${at} ${code}`).sort()).toEqual([
      'areas.0 AREA_UNKNOWN', 'fields.hours FIELD_MISSING', 'fields.mm FIELD_MISSING', 'fields.place FIELD_MISSING', 'fields.time FIELD_NOT_A_TIME', 'fields.unit FIELD_MISSING',
    ]);
    for (const wrong of [['fill', 'rainstorm-red', '--field', 'no-sign'], ['fill', 'rainstorm-red', '--field', 'mm=1', '--field', 'mm=2'], ['fill', 'rainstorm-red', '--until', '14:00'], ['enable', 'rainstorm-red'], ['dance'], []]) {
      expect([wrong, (await clarion('t1-author', 'template', ...wrong)).code]).toEqual([wrong, 2]);
    }
  });

  it('signs nothing that says something else than the template filled here', async () => {
    const compose = server.app.get(ComposeDraft);
    const honest = compose.run.bind(compose);
    compose.run = (principal, draft) => honest(principal, { ...(draft as object), text: '请留在家中，不要转移。' });
    try {
      const { code, answer } = await clarion('t1-author', 'template', 'fill', 'rainstorm-red', ...FILLED, '--area', 't1-area', '--json');
      expect([code, answer.code, answer.fields.map(({ path: at }: { path: string }) => at)]).toEqual([4, 'PAYLOAD_DIFFERS', ['text']]);
    } finally {
      compose.run = honest;
    }
  });

  it('puts a template out of use and into use again', async () => {
    expect((await clarion('t1-admin', 'template', 'disable', 'hail-red', '--json')).answer.enabled).toBe(false);
    expect((await clarion('t1-author', 'template', 'fill', 'hail-red', '--area', 't1-area')).code).toBe(4);
    expect((await clarion('t1-admin', 'template', 'enable', 'hail-red', '--version', '1')).out).toContain('hail-red version 1 is in use');
    expect((await clarion('t1-author', 'template', 'disable', 'hail-red')).code).toBe(4);
  });
});

describe('./clarion drill', () => {
  it('plans a drill, fills its template, shows it on the air, and cancels it', async () => {
    const now = Math.floor(server.clock.now() / 1_000) * 1_000;
    const window = ['--from', iso(now), '--until', iso(now + 7_200_000)];
    const planned = await clarion('t1-author', 'drill', 'plan', '--name', '防汛演练', '--kind', 'terminal', '--area', 'v1-area', ...window, '--notice', '今天防汛演练。', '--json');
    expect([planned.code, planned.answer.kind]).toEqual([0, 'terminal']);
    expect((await clarion('t1-author', 'drill', 'ls')).out).toContain(`${planned.answer.id}  演练/DRILL terminal`);
    expect((await clarion('t1-author', 'on-air')).out).toContain('【演练 DRILL】防汛演练: running');
    const fields = ['--field', 'unit=区防汛办', '--field', 'time=14:02', '--field', 'place=樵舍镇', '--field', 'shelter=镇中心小学'];
    const filled = await clarion('t1-author', 'template', 'fill', 'drill-flood', ...fields, '--area', 'v1-area', '--drill', planned.answer.id, '--from', iso(now), '--until', iso(now + 3_600_000));
    expect([filled.code, filled.err]).toEqual([0, '']);
    expect(filled.out).toContain('【演练 DRILL】演练：洪水转移');
    expect((await clarion('t1-author', 'drill', 'cancel', planned.answer.id)).out).toContain('cancelled');
    expect((await clarion('t1-author', 'drill', 'cancel', planned.answer.id)).code).toBe(4);
  });

  it.each([[['plan', '--name', 'x']], [['plan', '--name', '演练', '--kind', 'real', '--area', 'v1-area', '--from', 'now', '--until', 'then', '--notice', '演练']], [['cancel']], [['sing']]])('is a usage error with %j', async (words) => {
    expect((await clarion('t1-author', 'drill', ...words)).code).toBe(2);
  });
});
