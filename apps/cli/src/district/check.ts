import { SHAPES, TABLES, type District, type DistrictReading } from '#libs/tables';
import { EXIT } from '../cli-error';
import type { Context } from '../command';
import { readTables } from './read-input';
import { countLine, faultCounts, faultLines } from './tell-faults';

export interface CheckOptions { readonly taken: string | undefined; readonly all: boolean }

/** Says everything that is wrong with a district's tables at once. */
export async function checkTables(context: Context, path: string, options: CheckOptions): Promise<number> {
  const reading = await readTables(path, options.taken);
  tellReading(context, reading, options.all);
  context.give({ ok: reading.district !== undefined, counts: faultCounts(reading.faults), tables: reading.district === undefined ? null : sizesOf(reading.district), faults: reading.faults });
  return reading.district === undefined ? EXIT.refused : EXIT.ok;
}

export function tellReading(context: Context, { district, faults }: DistrictReading, all: boolean): void {
  for (const line of faultLines(faults, all)) context.say(line);
  context.say(countLine(faults));
  context.say(district === undefined ? '不能导入 / cannot be imported' : `可以导入 / can be imported: ${TABLES.map((key) => `${district[key].length} ${SHAPES[key].en}`).join(', ')}`);
}

export function sizesOf(district: District): Readonly<Record<string, number>> {
  return Object.fromEntries(TABLES.map((key) => [key, district[key].length]));
}
