import { readFileSync } from 'node:fs';
import { policySchema } from '#libs/contracts';
import { asRaw, csvName, readDistrict, readFiles, tablesOf, writeCsv, writeXlsx, type District } from '#libs/tables';
import { smallDistrict } from './small-district';

const policy = policySchema.parse(JSON.parse(readFileSync('policy/default.json', 'utf8')));
const read = (district: District) => readDistrict(asRaw(tablesOf(district)), { policy });

describe('a district from its tables', () => {
  it('reads a whole district without a fault', () => {
    const reading = read(smallDistrict);
    expect(reading.faults).toEqual([]);
    expect(reading.district).toEqual(smallDistrict);
  });

  it('gives the same district back through a workbook', async () => {
    const files = await readFiles([{ name: 'district.xlsx', bytes: await writeXlsx(tablesOf(smallDistrict), 5) }]);
    expect(files.faults).toEqual([]);
    expect(readDistrict(files.tables, { policy })).toEqual({ district: smallDistrict, faults: [] });
  });

  it.each(['utf-8', 'gb18030'] as const)('gives the same district back through CSV files in %s', async (encoding) => {
    const files = await readFiles(tablesOf(smallDistrict).map((table) => ({ name: csvName(table.key), bytes: writeCsv(table, encoding) })));
    expect(files.faults).toEqual([]);
    expect(readDistrict(files.tables, { policy })).toEqual({ district: smallDistrict, faults: [] });
  });
});
