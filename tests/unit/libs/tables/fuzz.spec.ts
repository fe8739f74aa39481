import { areaDeclarationSchema, resourceCodeSchema, terminalIdSchema } from '#libs/contracts';
import { isClean, readDistrict, readFiles, SHAPES, TABLES, type District, type RawTable } from '#libs/tables';
import { seededRandom } from '../../../support/seeded-random';
import { gridOf, policy, workbook, type CellValue, type Grid } from './damaged-workbook';
import { smallDistrict } from './small-district';

const CODES: Readonly<Partial<Record<string, readonly string[]>>> = { areas: ['codes'], terminals: ['resourceCode', 'physicalCode', 'sim', 'id'], people: ['account'], platforms: ['id'] };

/** What spreadsheets do to a code: every one of these loses something or may have lost it. */
const DAMAGES: readonly ((code: string) => CellValue)[] = [
  (code) => ({ number: Number(code.replace(/\D/g, '')) }),
  (code) => Number(code.replace(/\D/g, '') || '1').toExponential(5).replace('e', 'E'),
  (code) => `${code.replace(/\D/g, '') || '1'}.0`,
  (code) => `'${code.replace(/^[=+@-]/, '')}`,
  () => ({ date: '2026-01-02' }),
  () => '2-Jan',
  () => ({ boolean: false }),
  (code) => `${code.slice(0, 15).replace(/\D/g, '1').padEnd(15, '1')}${'0'.repeat(8)}`,
  (code) => `${code.slice(0, 1)}\u00a0${code.slice(1)}x`,
];

describe('random damage (seeded)', () => {
  it('to a code is never accepted: 600 times one cell of one table', () => {
    const { int, pick } = seededRandom(20_261_122);
    const grid = gridOf(smallDistrict);
    for (let round = 0; round < 600; round += 1) {
      const table = pick(['areas', 'terminals', 'people', 'platforms'] as const);
      const column = pick(CODES[table] ?? []);
      const at = SHAPES[table].columns.findIndex(({ key }) => key === column);
      const row = 1 + int(grid[table].length - 1);
      const before = grid[table][row]?.[at];
      if (typeof before !== 'string') continue;
      const damage = pick(DAMAGES)(before);
      const copy = structuredClone(grid);
      (copy[table][row] as CellValue[])[at] = damage;
      const { district, faults } = readDistrict(rawOf(copy), { policy });
      const told = faults.some((fault) => fault.table === table && fault.row === row + 1 && fault.weight === 'error');
      expect([table, row + 1, column, before, JSON.stringify(damage), district === undefined, told]).toEqual([table, row + 1, column, before, JSON.stringify(damage), true, true]);
    }
  });

  it('anywhere never throws, and what is accepted holds the contracts: 400 times up to eight cells', () => {
    const { int, pick } = seededRandom(7);
    const grid = gridOf(smallDistrict);
    const words: readonly CellValue[] = [
      null, '', ' ', 'x', '0', '南塘村', 'chengguan', 'p-nantang', '341599100200', "'", '=', '__proto__', 'constructor', '\u202e', '😀'.repeat(70), ',,,', '1e999', 'NaN', 'village', '村', 'author,approver',
      { number: 0 }, { number: -1 }, { number: 1e300 }, { number: 116.4 }, { date: '1900-01-01' }, { boolean: true }, '９９', 'GCJ-02', 'a'.repeat(2_000),
    ];
    let accepted = 0;
    for (let round = 0; round < 400; round += 1) {
      const copy = structuredClone(grid);
      const changes = 1 + int(8);
      for (let change = 0; change < changes; change += 1) {
        const rows = copy[pick(TABLES)];
        const row = rows[int(rows.length)] ?? [];
        if (int(10) === 0) rows.splice(int(rows.length), 1);
        else if (int(10) === 0) rows.push([...row]);
        else row[int(row.length + 1)] = pick(words);
      }
      const { district, faults } = readDistrict(rawOf(copy), { policy });
      expect(district === undefined).toBe(!isClean(faults));
      if (district !== undefined) {
        accepted += 1;
        holdsContracts(district, copy);
      }
    }
    // Of so many some changes are harmless; a fuzz that never gets through would prove nothing.
    expect(accepted).toBeGreaterThan(10);
  });

  it('to the bytes of a workbook or a CSV file never throws: 150 times', async () => {
    const { int } = seededRandom(99);
    const bytes = await workbook(gridOf(smallDistrict));
    const csv = Buffer.from('区域编号,区域名称,级别,区划代码\r\na,"和平",县,341599000000\r\n');
    for (let round = 0; round < 150; round += 1) {
      const [name, from] = round % 3 === 0 ? ['areas.csv', csv] as const : ['a.xlsx', bytes] as const;
      const hurt = Buffer.from(from);
      for (let change = 0; change < 1 + int(6); change += 1) hurt[int(hurt.length)] = int(256);
      const { tables } = await readFiles([{ name, bytes: int(5) === 0 ? hurt.subarray(0, int(hurt.length)) : hurt }]);
      readDistrict(tables, { policy });
    }
  });
});

function rawOf(grid: Grid): readonly RawTable[] {
  return TABLES.map((key) => ({
    name: key,
    rows: grid[key].map((row) => Array.from(row, (value) => {
      if (value === null || value === undefined || value === '') return { kind: 'empty' } as const;
      if (typeof value === 'string') return { kind: 'text', written: value } as const;
      if ('number' in value) return { kind: 'number', written: String(value.number) } as const;
      return 'date' in value ? { kind: 'date', written: value.date } as const : { kind: 'boolean', written: String(value.boolean) } as const;
    })),
  }));
}

function holdsContracts(district: District, grid: Grid): void {
  expect(district.areas).toHaveLength(grid.areas.slice(1).filter((row) => row.some((value) => value !== null && value !== '')).length);
  expect(district.terminals).toHaveLength(grid.terminals.slice(1).filter((row) => row.some((value) => value !== null && value !== '')).length);
  for (const { id, parent, name, codes } of district.areas) expect(areaDeclarationSchema.safeParse({ id, parent, name, codes }).success).toBe(true);
  for (const terminal of district.terminals) {
    expect(resourceCodeSchema.safeParse(terminal.resourceCode).success && terminalIdSchema.safeParse(terminal.id).success).toBe(true);
    expect(district.platforms.find(({ id }) => id === terminal.platform)?.areas).toContain(terminal.area);
  }
  for (const field of ['id', 'resourceCode', 'physicalCode'] as const) expect(new Set(district.terminals.map((terminal) => terminal[field])).size).toBe(district.terminals.length);
}
