import { columnNamed, SHAPES, TABLES, tableNamed, type TableFault, type Weight } from '#libs/tables';

const SHOWN = 200;
const WEIGHTS: readonly { readonly weight: Weight; readonly zh: string; readonly en: string }[] = [
  { weight: 'error', zh: '错误', en: 'errors' }, { weight: 'warning', zh: '请核对', en: 'warnings' }, { weight: 'note', zh: '说明', en: 'notes' },
];

/** The faults as lines for people: the table, the row as a spreadsheet shows it, the column, what stands there, and why, in both languages. */
export function faultLines(faults: readonly TableFault[], all: boolean): readonly string[] {
  const ordered = WEIGHTS.flatMap(({ weight }) => faults.filter((fault) => fault.weight === weight));
  const shown = all ? ordered : ordered.slice(0, SHOWN);
  const lines = shown.map((fault) => `${signOf(fault.weight)} ${placeOf(fault)} ${fault.code}${fault.written === null || fault.written === '' ? '' : ` “${fault.written}”`}\n    ${fault.sentence.zh}。${fault.sentence.en}.`);
  return shown.length < ordered.length ? [...lines, `  … ${ordered.length - shown.length} more: --all or --json shows them`] : lines;
}

export function faultCounts(faults: readonly TableFault[]): Readonly<Record<Weight, number>> {
  const count = (weight: Weight): number => faults.filter((fault) => fault.weight === weight).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
}

export function countLine(faults: readonly TableFault[]): string {
  const counts = faultCounts(faults);
  return WEIGHTS.map(({ weight, zh, en }) => `${counts[weight]} ${en} ${zh}`).join(', ');
}

function signOf(weight: Weight): string {
  return weight === 'error' ? 'X' : weight === 'warning' ? '!' : 'i';
}

function placeOf({ table, row, column }: TableFault): string {
  const key = tableNamed(table);
  const known = key === undefined || !TABLES.includes(key) ? table : `${SHAPES[key].zh} ${SHAPES[key].en}`;
  const heading = key === undefined || column === null ? undefined : columnNamed(key, column);
  const where = heading === undefined ? column : `${heading.zh} ${heading.en}`;
  return [known, row === null ? '' : `行 row ${row}`, where === null ? '' : where].filter((part) => part !== '').join(' · ');
}
