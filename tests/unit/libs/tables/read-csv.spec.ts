import { csvName, readDistrict, readFiles, tablesOf, writeCsv, type FaultCode } from '#libs/tables';
import { TABLE_LIMITS } from '#libs/tables';
import { policy } from './damaged-workbook';
import { smallDistrict } from './small-district';

const files = (encoding: 'utf-8' | 'gb18030' = 'utf-8') => tablesOf(smallDistrict).map((table) => ({ name: csvName(table.key), bytes: writeCsv(table, encoding) }));
const read = async (given: readonly { readonly name: string; readonly bytes: Buffer }[]) => {
  const { tables, faults } = await readFiles(given);
  const reading = readDistrict(tables, { policy });
  return { ...reading, faults: [...faults, ...reading.faults] };
};
const codes = async (name: string, text: string | Buffer): Promise<readonly FaultCode[]> => (await readFiles([{ name, bytes: Buffer.from(text) }])).faults.map(({ code }) => code);
const recoded = (change: (text: string) => string | Buffer) => files().map(({ name, bytes }) => ({ name, bytes: Buffer.from(change(bytes.toString('utf8').replace(/^\ufeff/, ''))) }));

describe('CSV files', () => {
  it.each([
    ['UTF-8 without a mark', (text: string) => text],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['semicolons', (text: string) => text.replace(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/g, ';')],
    ['tabs', (text: string) => text.replace(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '\t')],
    ['line feeds alone', (text: string) => text.replace(/\r\n/g, '\n')],
    ['a line that names the delimiter', (text: string) => `sep=,\r\n${text}`],
  ])('are read with %s', async (_, change) => {
    const reading = await read(recoded(change));
    expect(reading.faults).toEqual([]);
    expect(reading.district).toEqual(smallDistrict);
  });

  it('are read when a spreadsheet has saved them again: codes without their ="…"', async () => {
    const reading = await read(recoded((text) => text.replace(/"=""([^"]*)"""/g, '$1')));
    expect(reading.faults).toEqual([]);
    expect(reading.district).toEqual(smallDistrict);
  });

  it('write every code so that a spreadsheet that opens the file shows it as text', () => {
    const terminals = files()[4]?.bytes.toString('utf8') ?? '';
    expect(terminals).toContain('"=""63415991002000314010401"""');
    expect(terminals).toContain('"=""12E5"""');
    expect(terminals).toContain('"=""1-2"""');
    for (const { bytes } of files()) expect(bytes.toString('utf8')).not.toMatch(/(?:^|,)"?[=+@-](?!""|"")/m);
  });

  it('number rows as a spreadsheet does, empty lines and quoted line breaks counted', async () => {
    const text = '\r\n区域,自然村名称,户数\r\n\r\nnobody,"上\n屋",3\r\nnobody,下屋,x\r\n';
    const { faults } = await read([...files().filter(({ name }) => !name.startsWith('natural')), { name: '自然村.csv', bytes: Buffer.from(text) }]);
    expect(faults.map(({ row, code }) => [row, code])).toEqual(expect.arrayContaining([[4, 'AREA_UNKNOWN'], [4, 'NOT_PLAIN_TEXT'], [5, 'NOT_A_WHOLE_NUMBER']]));
  });

  it('refuse an encoding that nobody can tell, quotes that do not pair, and what is no text at all', async () => {
    expect(await codes('areas.csv', Buffer.from([0xff, 0xff, 0x2c, 0x80, 0xff]))).toEqual(['FILE_ENCODING']);
    expect(await codes('areas.csv', 'id,name\r\n"a,b\r\nc,d\r\n')).toEqual(['CSV_QUOTES']);
    expect(await codes('areas.csv', 'id\u0000,name')).toEqual(['FILE_KIND']);
    expect(await codes('areas.ods', 'x')).toEqual(['FILE_KIND']);
  });

  it('refuse to grow beyond their limits', async () => {
    expect(await codes('areas.csv', 'id\r\n'.repeat(TABLE_LIMITS.rows + 1))).toEqual(['TOO_MANY_ROWS']);
    const [long] = (await readFiles([{ name: 'areas.csv', bytes: Buffer.from('id\r\n'.repeat(TABLE_LIMITS.rows + 1)) }])).faults;
    expect(long?.sentence.en).toContain('More than 20000 rows below the heading');
    expect(await codes('areas.csv', ','.repeat(TABLE_LIMITS.columns + 1))).toEqual(['TOO_MANY_COLUMNS']);
    expect(await codes('areas.csv', `${','.repeat(TABLE_LIMITS.columns - 1)}\r\n`.repeat(TABLE_LIMITS.rows - 1))).toEqual(['TOO_MANY_CELLS']);
    expect(await codes('areas.csv', Buffer.alloc(TABLE_LIMITS.fileBytes + 1, 0x61))).toEqual(['FILE_TOO_LARGE']);
  });
});

describe('tables and columns', () => {
  const withUnits = (text: string) => read([...files().filter(({ name }) => !name.startsWith('units')), { name: 'units.csv', bytes: Buffer.from(text) }]);
  const rows = 'p-heping,yjj,应急管理局\r\np-heping,qxj,气象局\r\np-chengguan,office,办\r\np-nantang,committee,村\r\np-beigang,committee,村\r\n';

  it('are found by Chinese or English headings in any order, with remarks passed over', async () => {
    const { faults } = await withUnits(`# 说明,单位名称 / name,platform (id),单位编号*,备注\r\n${rows.replace(/^(.+),(.+),(.+)$/gm, 'x,$3,$1,$2,y')}`);
    expect(faults).toEqual([]);
  });

  it('are found below a title, as people put one on top, with the row numbers of the file', async () => {
    const { faults } = await withUnits(`和平县发布单位一览表,,\r\n填表日期：11月22日,,\r\n所属平台,单位编号,单位名称\r\n${rows}p-heping,Bad Id,x\r\n`);
    expect(faults.map(({ row, code }) => [row, code])).toEqual([[9, 'NOT_AN_ID']]);
  });

  it('are named when they are unknown, missing, double or nameless, all at once', async () => {
    const { faults } = await withUnits(`platform,platform,单位编号,邮箱,\r\n${rows.replace(/^(.+),(.+),(.+)$/gm, '$1,$1,$2,@,stray,wide')}`);
    const found = faults.filter(({ table }) => table === 'units').map(({ code, column }) => [code, column]);
    expect(found).toEqual(expect.arrayContaining([['COLUMN_TWICE', 'platform'], ['COLUMN_UNKNOWN', '邮箱'], ['COLUMN_NAMELESS', null], ['COLUMN_MISSING', '单位名称'], ['ROW_TOO_WIDE', null]]));
  });

  it('are named when a table is missing, empty, unknown or there twice', async () => {
    const { faults } = await read([
      ...files().filter(({ name }) => !/^(?:units|people)/.test(name)),
      { name: 'people.csv', bytes: Buffer.from('platform,unit,title,roles,account\r\n') },
      { name: '发电机.csv', bytes: Buffer.from('a,b\r\n1,2\r\n') },
      ...files().filter(({ name }) => name === 'areas.csv').map(({ bytes }) => ({ name: '区域.csv', bytes })),
    ]);
    expect(faults.map(({ table, code }) => [table, code])).toEqual(expect.arrayContaining([['units', 'TABLE_MISSING'], ['people', 'TABLE_EMPTY'], ['发电机', 'TABLE_UNKNOWN'], ['areas', 'TABLE_TWICE']]));
  });

  it.each(['', '\ufeff', '\r\n,,\r\n'])('are told to be empty, and nothing else, when nothing stands in them: %j', async (text) => {
    const { faults } = await withUnits(text);
    expect(faults.filter(({ table }) => table === 'units').map(({ code, row }) => [code, row])).toEqual([['TABLE_EMPTY', null]]);
  });

  it.each(['\u200b', '\u2060', '\u00ad', '\u3164', '\u{e0041}'])('hold no name with a character that nobody sees: %j', async (char) => {
    const { faults } = await withUnits(`platform,id,name\r\n${rows}p-heping,x,气${char}象局\r\np-he${char}ping,y,水务局\r\n`);
    expect(faults.map(({ code, row, column }) => [code, row, column])).toEqual(expect.arrayContaining([['INVISIBLE', 7, 'name'], ['INVISIBLE', 8, 'platform']]));
    expect(faults[0]?.sentence.en).toContain(`U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`);
  });

  it('left empty beside a filled one are passed over, which is said', async () => {
    const empty = tablesOf(smallDistrict).map(({ key, rows: [heading = []] }) => ({ name: `${key}.csv`, bytes: writeCsv({ key, rows: [heading] }, 'utf-8') }));
    const reading = await read([...empty, ...files()]);
    expect(reading.faults.map(({ table, code, weight }) => [table, code, weight])).toEqual(empty.map(({ name }) => [name.replace('.csv', ''), 'TABLE_PASSED_OVER', 'note']));
    expect(reading.district).toEqual(smallDistrict);
  });
});
