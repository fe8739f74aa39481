import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrapSchema, charterSchema, rosterSchema } from '#libs/contracts';
import { parseStrictJson, toBase64 } from '#libs/envelope';
import { generateKey } from '#libs/suites';
import { csvName, readFiles, tablesOf, writeCsv, writeXlsx, type District, type TableFault } from '#libs/tables';
import { demoPlan } from '../../../../../apps/cli/src/demo/demo-plan';
import { districtOf } from '../../../../../apps/cli/src/district/of-documents';
import { systemClock } from '../../../../../apps/cli/src';
import { writePapers } from '../../../../../apps/cli/src/district/papers';
import { holdsKey, officersOf } from '../../../../../apps/cli/src/district/plan';
import { planOf } from '../../../../../apps/cli/src/district/plan-of';
import { readTables } from '../../../../../apps/cli/src/district/read-input';
import { templateFiles } from '../../../../../apps/cli/src/district/templates';
import { smallDistrict } from '../../../libs/tables/small-district';
import { changed, gridOf, workbook } from '../../../libs/tables/damaged-workbook';
import { clarion } from '../fake-platform';

const folder = mkdtempSync(path.join(tmpdir(), 'clarion-district-'));
const environment = { CLARION_DATA: path.join(folder, 'data'), CLARION_DEMO_KEYS: path.join(folder, 'people'), CLARION_SESSION: path.join(folder, 'session.json') };
const at = (...names: readonly string[]): string => path.join(folder, ...names);
const call = async (...words: readonly string[]): Promise<{ readonly code: number; readonly answer: never }> => {
  const { code, out } = await clarion([...words, '--json'], environment);
  return { code, answer: JSON.parse(out) as never };
};

beforeAll(async () => {
  writeFileSync(at('good.xlsx'), await writeXlsx(tablesOf(smallDistrict)));
  writeFileSync(at('bad.xlsx'), await workbook(changed(gridOf(smallDistrict), [['terminals', 2, 'resourceCode', '6.3416E+22'], ['people', 14, 'roles', '停播人'], ['areas', 4, 'parent', null]])));
  mkdirSync(at('csv'));
  for (const table of tablesOf(smallDistrict)) writeFileSync(at('csv', csvName(table.key)), writeCsv(table, 'gb18030'));
  writeFileSync(at('csv', '~$terminals.csv'), 'the lock of an open spreadsheet');
  writeFileSync(at('csv', 'readme.md'), 'not a table');
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

describe('district check', () => {
  it('is 0 for a workbook and for a folder of CSV files without an error', async () => {
    expect(await call('district', 'check', at('good.xlsx'))).toMatchObject({ code: 0, answer: { ok: true, counts: { error: 0, warning: 0, note: 0 }, tables: { areas: 4, terminals: 4 } } });
    expect(await call('district', 'check', at('csv'))).toMatchObject({ code: 0, answer: { ok: true } });
  });

  it('is 4 for tables with errors, and tells them all with table, row, column and both languages', async () => {
    const { code, answer } = await call('district', 'check', at('bad.xlsx'));
    expect(code).toBe(4);
    expect((answer as { faults: TableFault[] }).faults.map(({ table, row, code: fault, weight }) => [table, row, fault, weight])).toEqual([
      ['areas', 4, 'PARENT_GUESSED', 'warning'], ['platforms', 5, 'PLATFORM_LACKS_PEOPLE', 'error'], ['terminals', 2, 'CODE_EXPONENT', 'error'],
    ]);
    const { out } = await clarion(['district', 'check', at('bad.xlsx')], environment);
    expect(out).toContain('X 终端 terminals · 行 row 2 · 资源编码 resource code CODE_EXPONENT “6.3416E+22”');
    expect(out).toContain('签发人至少 1 人，现有 0 人');
    expect(out).toContain('不能导入 / cannot be imported');
  });

  it('never gives a resource code again that a file of given ones names', async () => {
    writeFileSync(at('none.xlsx'), await workbook(changed(gridOf(smallDistrict), [['terminals', 3, 'resourceCode', null]])));
    writeFileSync(at('given.txt'), 'retired: 63415991002000314010407\n');
    const { answer } = await call('district', 'check', at('none.xlsx'), '--taken', at('given.txt'));
    expect((answer as { faults: TableFault[] }).faults.map(({ sentence }) => sentence.en)).toEqual(['The resource code 63415991002000314010408 was assigned']);
  });

  it.each([
    ['a path that is not there', ['check', '/nowhere.xlsx']], ['an empty folder', ['check', path.join(folder, 'nothing')]], ['a verb that does not exist', ['chek', 'x']],
    ['an import without --out', ['import', 'x']], ['an export without --out', ['export']], ['an encoding that is none', ['export', '--out', 'x', '--encoding', 'big5']],
  ])('is 2 for %s', async (_, words) => {
    mkdirSync(at('nothing'), { recursive: true });
    expect((await clarion(['district', ...words], environment)).code).toBe(2);
  });
});

describe('district template', () => {
  it('writes what ships in deploy/templates, and never over anything', async () => {
    expect(await call('district', 'template', at('empty'))).toMatchObject({ code: 0 });
    expect((await call('district', 'template', at('empty'))).code).toBe(2);
    const shipped = path.resolve('deploy/templates');
    expect(readdirSync(shipped).sort()).toEqual(readdirSync(at('empty')).sort());
    for (const { name, bytes } of await templateFiles()) {
      expect((await readFiles([{ name, bytes: readFileSync(path.join(shipped, name)) }])).tables).toEqual((await readFiles([{ name, bytes }])).tables);
    }
  });

  it('when it is filled in, is what check reads', async () => {
    const rows = tablesOf(smallDistrict)[0]?.rows ?? [];
    expect((await readFiles([{ name: 'areas.csv', bytes: readFileSync('deploy/templates/areas.csv') }])).tables[0]?.rows[0]?.map((cell) => 'written' in cell && cell.written)).toEqual(rows[0]);
  });
});

describe('district import', () => {
  it('with --demo-keys makes everything that a start needs, and export gives the tables back', async () => {
    expect(await call('district', 'import', at('good.xlsx'), '--out', at('heping'), '--demo-keys')).toMatchObject({ code: 0 });
    const bootstrap = bootstrapSchema.parse(JSON.parse(readFileSync(at('heping', 'data', 'bootstrap.json'), 'utf8')));
    expect([bootstrap.charters.length, bootstrap.rosters.length, bootstrap.accounts.length, bootstrap.terminals.length, bootstrap.naturalVillages?.length, bootstrap.publicPlaces?.length]).toEqual([4, 4, 13, 4, 2, 2]);
    expect(statSync(at('heping', 'people', 'people', 'p-nantang', 'nantang-clerk.key.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(at('heping', 'people', 'people', 'p-heping', 'heping-admin.key.json'))).toBe(false);
    expect(await call('district', 'export', '--from', at('heping', 'data', 'bootstrap.json'), '--out', at('again'), '--encoding', 'gb18030')).toMatchObject({ code: 0 });
    for (const name of readdirSync(at('again')).filter((each) => each !== 'people.csv')) expect([name, readFileSync(at('again', name))]).toEqual([name, readFileSync(at('csv', name))]);
    const people = (await readTables(at('again'))).district?.people;
    expect(people?.map((person) => ({ ...person, keys: [], officerKey: '' }))).toEqual(smallDistrict.people);
    expect(people?.map(({ keys, officerKey }) => [keys.length, officerKey !== ''])).toEqual(smallDistrict.people.map((person) => [holdsKey(person) ? 1 : 0, person.roles.includes('officer')]));
    expect((await call('district', 'export', '--from', at('heping', 'data', 'bootstrap.json'), '--out', at('again'))).code).toBe(2);
  }, 60_000);

  it('refuses tables with an error and a folder that holds anything, and writes nothing', async () => {
    expect((await call('district', 'import', at('bad.xlsx'), '--out', at('none'), '--demo-keys')).code).toBe(4);
    expect(existsSync(at('none'))).toBe(false);
    expect((await call('district', 'import', at('good.xlsx'), '--out', at('csv'))).code).toBe(2);
  });

  it('without keys writes papers, says who has no key yet, and makes no signature', async () => {
    const { code, answer } = await call('district', 'import', at('good.xlsx'), '--out', at('papers'));
    expect([code, (answer as { withoutOfficerKey: string[] }).withoutOfficerKey]).toEqual([3, ['heping-officer-1', 'heping-officer-2', 'chengguan-officer-1', 'chengguan-officer-2']]);
    expect(readdirSync(at('papers', 'to-sign'))).toEqual(['assignments']);
    expect(existsSync(at('papers', 'bootstrap.json'))).toBe(false);
  });

  it('with everybody\'s public keys writes charters and rosters as they will be signed, and export names the keys again', async () => {
    const key = async (): Promise<string> => toBase64(Buffer.from((await generateKey('ed25519')).signer.key.spki, 'base64'));
    const withKeys: District = { ...smallDistrict, people: await Promise.all(smallDistrict.people.map(async (person) => ({ ...person, keys: holdsKey(person) ? [await key()] : [], officerKey: person.roles.includes('officer') ? await key() : '' }))) };
    writeFileSync(at('keys.xlsx'), await writeXlsx(tablesOf(withKeys)));
    expect(await call('district', 'import', at('keys.xlsx'), '--out', at('signed'))).toMatchObject({ code: 0, answer: { charters: 4, rosters: 4, withoutKey: [] } });
    const read = (kind: string, name: string): unknown => {
      const parsed = parseStrictJson(readFileSync(at('signed', 'to-sign', kind, `${name}.json`)));
      return parsed.ok ? parsed.value : undefined;
    };
    const charter = charterSchema.parse(read('charters', 'p-nantang'));
    expect(charter.officers.map(({ person }) => String(person))).toEqual(['chengguan-officer-1', 'chengguan-officer-2']);
    expect(rosterSchema.parse(read('rosters', 'p-nantang')).persons.map(({ keys }) => keys[0]?.spki)).toEqual(withKeys.people.filter(({ platform }) => platform === 'p-nantang').map((person) => person.keys[0]));
    await expect(writePapers(at('gm'), planOf(withKeys), systemClock, 'gm')).rejects.toMatchObject({ code: 'KEY_PROFILE' });
    expect(existsSync(at('gm'))).toBe(false);
    expect(read('assignments', 'p-nantang')).toMatchObject({ terminals: [{ terminal: 't-nantang-1', areas: [{ id: '341599100200', parent: 'chengguan' }, { id: 'chengguan', parent: 'heping' }, { id: 'heping', parent: null }] }, {}] });
  });
});

describe('a district plan', () => {
  it('has a village\'s officers from its township, and everybody else\'s from the own people', () => {
    const plan = planOf(smallDistrict);
    expect(plan.platforms.map((platform) => officersOf(plan, platform).map(({ home }) => String(home.id)))).toEqual([
      ['p-heping', 'p-heping'], ['p-chengguan', 'p-chengguan'], ['p-chengguan', 'p-chengguan'], ['p-chengguan', 'p-chengguan'],
    ]);
  });

  it('of the demo comes back from its export without a fault', async () => {
    const demo = { CLARION_DATA: at('demo', 'data'), CLARION_DEMO_KEYS: at('demo', 'people') };
    expect((await clarion(['demo', 'init', '--small'], demo)).code).toBe(0);
    expect((await call('district', 'export', '--from', at('demo', 'data', 'bootstrap.json'), '--out', at('demo.xlsx'))).code).toBe(0);
    expect(await call('district', 'check', at('demo.xlsx'))).toMatchObject({ code: 0, answer: { faults: [], tables: { platforms: 6, terminals: 12 } } });
  }, 60_000);

  it('is what the demo is, too', () => {
    const plan = demoPlan(true);
    expect([plan.platforms.length, plan.terminals.length]).toEqual([6, 12]);
    expect(Object.keys(plan).sort()).toEqual(Object.keys(planOf(smallDistrict)).sort());
  });
});

it('an envelope that holds something else is no district', () => {
  const empty = { rosters: [], accounts: [], terminals: [], map: { note: '', shapes: [] }, places: { naturalVillages: [], publicPlaces: [] } };
  expect(() => districtOf({ ...empty, charters: [{ payloadType: 'application/vnd.clarion.charter.v1+json', payload: 'e30=', signatures: [] }] })).toThrow(expect.objectContaining({ code: 'DOCUMENT' }));
});
