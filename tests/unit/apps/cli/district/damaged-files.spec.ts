import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { csvName, tablesOf, writeCsv, writeXlsx, type TableFault } from '#libs/tables';
import { seededRandom } from '../../../../support/seeded-random';
import { smallDistrict } from '../../../libs/tables/small-district';
import { ApiClient, readConfig, systemClock, type Context } from '../../../../../apps/cli/src';
import { importTables } from '../../../../../apps/cli/src/district/import';
import { clarion } from '../fake-platform';

const folder = mkdtempSync(path.join(tmpdir(), 'clarion-damaged-'));
const at = (...names: readonly string[]): string => path.join(folder, ...names);
const environment = { CLARION_DATA: at('data'), CLARION_DEMO_KEYS: at('people'), CLARION_SESSION: at('session.json') };
const tables = tablesOf(smallDistrict);
const csv = (): readonly (readonly [string, Buffer])[] => tables.map((table) => [csvName(table.key), writeCsv(table, 'utf-8')] as const);
let whole: Buffer;

/** What `district check` finds, as [file, code] and the sentences. */
async function faultsOf(where: string): Promise<{ readonly code: number; readonly faults: readonly TableFault[] }> {
  const { code, out } = await clarion(['district', 'check', where, '--json'], environment);
  return { code, faults: (JSON.parse(out) as { faults: TableFault[] }).faults };
}

beforeAll(async () => { whole = await writeXlsx(tables); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

describe('a damaged file', () => {
  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['with its beginning gone', (bytes: Buffer) => bytes.subarray(40)],
    ['that is a page of the web', () => Buffer.from('<!doctype html><title>sign in</title>')],
    ['that is empty', () => Buffer.alloc(0)],
    ['with one wrong byte inside', (bytes: Buffer) => { const hurt = Buffer.from(bytes); const inside = hurt.indexOf('xl/worksheets/sheet1.xml') + 60; hurt[inside] = (hurt[inside] ?? 0) ^ 0x10; return hurt; }],
  ])('%s is told once, with its name and the reason, and nothing else is', async (name, damage) => {
    const file = at('district.xlsx');
    writeFileSync(file, damage(whole));
    const { code, faults } = await faultsOf(file);
    expect([name, code, faults.map((fault) => [fault.table, fault.code])]).toEqual([name, 4, [['district.xlsx', 'FILE_UNREADABLE']]]);
    expect(faults[0]?.sentence.en).toMatch(/^The file is damaged or is no table: .{4}/);
  });

  it('beside good ones is told alone by its own name, and what it would have held is not said to be missing', async () => {
    mkdirSync(at('csv'));
    for (const [name, bytes] of csv()) writeFileSync(at('csv', name), name === 'areas.csv' ? Buffer.from('区域名称,"级别\r\n', 'utf8') : bytes);
    const { code, faults } = await faultsOf(at('csv'));
    expect([code, faults.map((fault) => [fault.table, fault.code])]).toEqual([4, [['areas.csv', 'CSV_QUOTES']]]);
    expect((await clarion(['district', 'check', at('csv')], environment)).out).toContain('X areas.csv CSV_QUOTES');
  });

  it('of the old kind, or behind a password, is said to be so', async () => {
    writeFileSync(at('old.xlsx'), Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), Buffer.alloc(600)]));
    expect((await faultsOf(at('old.xlsx'))).faults.map(({ table, code, sentence }) => [table, code, sentence.en])).toEqual([['old.xlsx', 'FILE_KIND', expect.stringContaining('password')]]);
  });
});

describe('two hundred seeded damages', () => {
  it('are refused with codes or imported whole; never a stack trace, never half an import', async () => {
    const { int, pick } = seededRandom(41);
    const [ends, workbooks] = [{ refused: 0, imported: 0 }, { refused: 0 }];
    for (let round = 0; round < 200; round += 1) {
      const input = at(`in-${round}`);
      const out = at(`out-${round}`);
      mkdirSync(input);
      const hurtBook = round % 2 === 0;
      const files = hurtBook ? [['district.xlsx', whole] as const] : csv();
      const chosen = int(files.length);
      files.forEach(([name, bytes], index) => { writeFileSync(path.join(input, name), index === chosen ? damaged(bytes, int, pick) : bytes); });
      const { code, out: printed, err } = await clarion(['district', 'import', input, '--out', out, '--json'], environment);
      // 3: imported, and nobody of these tables has a key yet.
      expect([round, [3, 4].includes(code), err]).toEqual([round, true, '']);
      expect(printed).not.toMatch(/\n\s+at |UNEXPECTED|undefined/);
      const answer = JSON.parse(printed) as { ok: boolean; faults: TableFault[]; tables?: Record<string, number> };
      expect(answer.ok).toBe(code === 3);
      if (answer.ok) {
        ends.imported += 1;
        expect(existsSync(path.join(out, 'bootstrap-parts.json'))).toBe(true);
        // A workbook says itself how much it holds: what is read of it is all of it.
        if (hurtBook) expect(answer.tables).toMatchObject({ areas: 4, platforms: 4, people: 13, terminals: 4 });
      } else {
        ends.refused += 1;
        if (hurtBook) workbooks.refused += 1;
        expect(existsSync(out)).toBe(false);
        expect(answer.faults.filter(({ weight }) => weight === 'error').length).toBeGreaterThan(0);
        for (const { sentence } of answer.faults) expect([sentence.en, sentence.zh].join()).not.toMatch(/\{[a-z]+\}|\n/);
      }
      rmSync(input, { recursive: true });
      rmSync(out, { recursive: true, force: true });
    }
    expect(workbooks.refused).toBeGreaterThan(60);
    expect(ends.imported).toBeGreaterThan(5);
  }, 120_000);
});

/** Bytes changed, cut out, put in twice, or the end missing. */
function damaged(bytes: Buffer, int: (below: number) => number, pick: <T>(list: readonly T[]) => T): Buffer {
  const from = int(bytes.length);
  const length = 1 + int(200);
  return pick([
    () => { const hurt = Buffer.from(bytes); for (let change = 0; change <= int(4); change += 1) hurt[int(hurt.length)] = int(256); return hurt; },
    () => { const hurt = Buffer.from(bytes); hurt[from] = (hurt[from] ?? 0) ^ (1 << int(8)); return hurt; },
    () => bytes.subarray(0, from),
    () => Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]),
    () => Buffer.concat([bytes.subarray(0, from), bytes.subarray(from, from + length), bytes.subarray(from)]),
    () => Buffer.concat([bytes.subarray(0, from), Buffer.alloc(length), bytes.subarray(from + length)]),
  ])();
}

describe('an import that breaks off', () => {
  it('leaves nothing behind in its folder, so that it can be made again', async () => {
    writeFileSync(at('good.xlsx'), whole);
    const { claims, context } = brokenAfter(2);
    await expect(importTables(context, at('good.xlsx'), { out: at('broken'), taken: undefined, all: false, demoKeys: false })).rejects.toThrow('the disk gave out');
    expect([claims(), existsSync(at('broken'))]).toEqual([3, false]);
  });

  it('touches nothing in a folder that holds something already', async () => {
    mkdirSync(at('kept'));
    writeFileSync(at('kept', 'note.txt'), 'mine');
    expect((await clarion(['district', 'import', at('good.xlsx'), '--out', at('kept')], environment)).code).toBe(2);
    expect(readdirSync(at('kept'))).toEqual(['note.txt']);
  });
});

/** A command line on which chance gives out after so many claim codes: charters and server keys lie in the folder by then. */
function brokenAfter(codes: number): { readonly claims: () => number; readonly context: Context } {
  let asked = 0;
  const config = readConfig(environment);
  const clock = {
    ...systemClock,
    random: (bytes: number) => {
      asked += 1;
      if (asked > codes) throw new Error('the disk gave out');
      return systemClock.random(bytes);
    },
  };
  return { claims: () => asked, context: { config, clock, api: new ApiClient(config, clock), json: true, say: () => undefined, give: () => undefined } };
}
