import { isClean } from '#libs/tables';
import { briefly, changed, gridOf, readBack, readVectors } from './damaged-workbook';
import { smallDistrict } from './small-district';

const grid = gridOf(smallDistrict);

it('an undamaged workbook of somebody has no fault', async () => {
  const reading = await readBack(grid);
  expect(reading.faults).toEqual([]);
  expect(reading.district).toEqual(smallDistrict);
});

describe.each(['damaged-cells.json', 'between-tables.json'])('a workbook (%s)', (file) => {
  it.each(readVectors(file).map(({ says, change, faults }) => [says, change, faults] as const))('with %s: exactly these faults', async (_, change, faults) => {
    const reading = await readBack(changed(grid, change));
    expect([...briefly(reading)].sort()).toEqual([...faults].sort());
    expect(reading.district === undefined).toBe(!isClean(reading.faults));
    for (const fault of reading.faults) {
      expect(fault.sentence.zh + fault.sentence.en).not.toMatch(/[{}]|undefined/);
    }
  });
});
