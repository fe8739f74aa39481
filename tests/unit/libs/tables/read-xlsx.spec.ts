import { deflateRawSync } from 'node:zlib';
import { readDistrict, readFiles, TABLE_LIMITS, tablesOf, writeXlsx, type FaultCode } from '#libs/tables';
import { crc32 } from '../../../../libs/tables/crc32';
import { policy } from './damaged-workbook';
import { smallDistrict } from './small-district';

interface Part { readonly name: string; readonly text: string; readonly claims?: number; readonly method?: number; readonly flags?: number }

/** A zip with what each part claims of itself. */
function zipOf(parts: readonly Part[], count = parts.length): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const { name, text, claims, method = 8, flags = 0 } of parts) {
    const raw = Buffer.from(text);
    const packed = method === 8 ? deflateRawSync(raw) : raw;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc32(raw), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claims ?? raw.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), packed);
    entries.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(Buffer.concat(entries).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...entries, end]);
}

const sheet = (rows: string, name = '区域', more: Partial<Part> = {}): readonly Part[] => [
  { name: 'xl/workbook.xml', text: `<workbook xmlns:r="r"><sheets><sheet name="${name}" sheetId="1" r:id="rId1"/></sheets></workbook>` },
  { name: 'xl/_rels/workbook.xml.rels', text: '<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>' },
  { name: 'xl/worksheets/sheet1.xml', text: `<worksheet><sheetData>${rows}</sheetData></worksheet>`, ...more },
];
const cell = (at: string, text: string): string => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`;
const read = (bytes: Buffer, name = 'a.xlsx') => readFiles([{ name, bytes }]);
const codes = async (bytes: Buffer): Promise<readonly FaultCode[]> => (await read(bytes)).faults.map(({ code }) => code);

describe('a workbook', () => {
  it('made by hand is read', async () => {
    expect(await read(zipOf(sheet(`<row r="2">${cell('B2', 'x')}</row>`)))).toEqual({
      faults: [], tables: [{ name: '区域', rows: [[{ kind: 'empty' }, { kind: 'empty' }], [{ kind: 'empty' }, { kind: 'text', written: 'x' }]] }],
    });
  });

  it('keeps every digit of a number as it is written in the file', async () => {
    const { tables } = await read(zipOf(sheet('<row r="1"><c r="A1"><v>63415991002000314010401</v></c><c r="B1"><v>3.41599100200E11</v></c></row>')));
    expect(tables[0]?.rows).toEqual([[{ kind: 'number', written: '63415991002000314010401' }, { kind: 'number', written: '3.41599100200E11' }]]);
  });

  it('is refused when it claims a million rows or a thousand columns in a few bytes', async () => {
    expect(await codes(zipOf(sheet(`<row r="1048576">${cell('A1048576', 'x')}</row>`)))).toEqual(['TOO_MANY_ROWS']);
    expect(await codes(zipOf(sheet(`<row r="1">${cell('XFD1', 'x')}</row>`)))).toEqual(['TOO_MANY_COLUMNS']);
    expect(await codes(zipOf(sheet(`<row>${cell('A99999999', 'x')}</row>`)))).toEqual(['TOO_MANY_ROWS']);
    expect(await codes(zipOf(sheet(`<row r="20000">${cell('AZ20000', 'x')}</row>`)))).toEqual(['TOO_MANY_CELLS']);
  });

  it.each([
    ['an entity in an address', '<row r="&#49;048576"></row>'],
    ['a bracket inside a value before the address', '<row note=">" r="1048576"></row>'],
    ['a bracket and an entity', '<row note="&lt;" r="1048576"></row>'],
    ['an address that is none', '<row r="x1"></row>'],
  ])('is refused when it hides how far it reaches behind %s', async (_, row) => {
    expect(['FILE_UNREADABLE', 'TOO_MANY_ROWS']).toContain((await codes(zipOf(sheet(row))))[0]);
  });

  it('is refused when it unpacks to more than it says or than the limit, as a bomb does', async () => {
    const bomb = ' '.repeat(4_000_000);
    expect(await codes(zipOf(sheet(bomb, 'x', { claims: 1_000 })))).toEqual(['FILE_UNREADABLE']);
    expect(await codes(zipOf(sheet('', 'x', { claims: TABLE_LIMITS.unpackedBytes + 1 })))).toEqual(['FILE_UNPACKED']);
    expect(await codes(zipOf(Array.from({ length: TABLE_LIMITS.parts + 1 }, (_, at) => ({ name: `${at}.xml`, text: '' }))))).toEqual(['FILE_UNPACKED']);
    expect(await codes(Buffer.alloc(TABLE_LIMITS.fileBytes + 1))).toEqual(['FILE_TOO_LARGE']);
  });

  it.each([
    ['encrypted', zipOf(sheet('', 'x', { flags: 1 }))],
    ['packed in an unknown way', zipOf(sheet('', 'x', { method: 12 }))],
    ['with a part twice', zipOf([...sheet(''), ...sheet('')])],
    ['with fewer parts than its directory says', zipOf(sheet(''), 9)],
    ['cut off', zipOf(sheet('')).subarray(0, 300)],
    ['without a workbook part', zipOf([{ name: 'a.xml', text: '<a/>' }])],
  ])('is refused %s', async (_, bytes) => {
    expect(await codes(bytes)).toEqual(['FILE_UNREADABLE']);
  });

  it('of the old kind is refused with what to do', async () => {
    const [fault] = (await read(Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), Buffer.alloc(600)]), 'a.xls')).faults;
    expect([fault?.code, fault?.sentence.zh]).toEqual(['FILE_KIND', expect.stringContaining('.xlsx')]);
  });

  it('tells a formula that failed, which would otherwise look like an empty cell', async () => {
    const { faults } = await read(zipOf(sheet(`<row r="1">${cell('A1', 'x')}<c r="B1" t="e"><f>VLOOKUP(A1,A:A,2)</f><v>#N/A</v></c></row>`)));
    expect(faults.map(({ code, row, column }) => [code, row, column])).toEqual([['FORMULA_ERROR', 1, 'B']]);
  });

  describe('that looks otherwise than it reads', () => {
    const units = (more: string, state = '') => read(zipOf(sheet([
      `<row r="1">${cell('A1', '所属平台')}${cell('B1', '单位编号')}${cell('C1', '单位名称')}${cell('D1', '可发类别')}</row>`,
      `<row r="2">${cell('A2', 'p-heping')}${cell('B2', 'yjj')}${cell('C2', '应急管理局')}${cell('D2', '紧急类')}</row>`,
      `<row r="3" hidden="1">${cell('B3', 'qxj')}${cell('C3', '气象局')}</row>`,
      `<row r="4">${cell('A4', 'p-chengguan')}${cell('B4', 'office')}${cell('C4', '应急办公室')}</row>`,
    ].join(''), '发布单位').map((part) => (part.name === 'xl/workbook.xml' ? { ...part, text: part.text.replace(' sheetId', ` ${state} sheetId`) } : { ...part, text: part.text.replace('</sheetData>', `</sheetData>${more}`) }))));
    const told = async (reading: ReturnType<typeof units>) => readDistrict((await reading).tables, { policy }).faults
      .filter(({ table, code }) => table === 'units' && code !== 'PLATFORM_UNKNOWN').map(({ row, column, code, sentence }) => [code, row, column, /A2|D2|: 3$/.exec(sentence.en)?.[0]]);

    it('tells every cell that was merged into another, whether it must be filled or not, and names that other', async () => {
      expect(await told(units('<mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="D2:D3"/></mergeCells>'))).toEqual([
        ['CELL_MERGED', 3, '所属平台', 'A2'], ['CELL_MERGED', 3, '可发类别', 'D2'], ['ROWS_HIDDEN', null, null, ': 3'],
      ]);
    });

    it('says nothing of a merge that holds nothing', async () => {
      expect((await told(units('<mergeCells><mergeCell ref="D3:D4"/></mergeCells>'))).map(([code]) => code)).toEqual(['ROWS_HIDDEN', 'REQUIRED']);
    });

    it('asks for a look at hidden rows and a hidden sheet, which are read all the same', async () => {
      const codesOf = async (state: string) => (await told(units('', state))).map(([code]) => code);
      expect(await codesOf('state="hidden"')).toEqual(['TABLE_HIDDEN', 'ROWS_HIDDEN', 'REQUIRED']);
      expect(await codesOf("state='veryHidden'")).toEqual(['TABLE_HIDDEN', 'ROWS_HIDDEN', 'REQUIRED']);
      expect(await codesOf('state="visible"')).toEqual(['ROWS_HIDDEN', 'REQUIRED']);
    });
  });

  it('of ours holds text cells only where codes stand', async () => {
    const { tables } = await read(await writeXlsx(tablesOf(smallDistrict)));
    const kinds = new Set(tables.flatMap(({ rows }) => rows.slice(1).flat()).filter((each) => each.kind !== 'text' && each.kind !== 'empty').map((each) => (each.kind === 'number' ? each.written.length < 8 : false)));
    expect([...kinds]).toEqual([true]);
  });
});
