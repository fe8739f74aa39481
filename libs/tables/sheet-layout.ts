/** Cells that were made one: all but the upper left hold nothing. Rows and columns count from 1 and 0, as addresses and cells do. */
export interface Merged { readonly from: string; readonly rows: readonly [number, number]; readonly columns: readonly [number, number] }

/** What somebody who looks at a sheet sees otherwise than somebody who reads its cells. */
export interface SheetLayout {
  readonly hidden: boolean;
  /** Row numbers as the spreadsheet shows them; a filter hides rows too. */
  readonly hiddenRows: ReadonlySet<number>;
  readonly merged: readonly Merged[];
}

interface XmlPart { readonly name: string; readonly text: string }
type Attributes = ReadonlyMap<string, string>;

const ATTRIBUTE = /\s([\w:.-]{1,64})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;
const RANGE = /^([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})$/;
/** More than any table has; beyond it a merge is not looked at and its empty cells are told as such. */
const MOST_MERGED = 20_000;
const TAG_CHARS = 2_000;

/** The layout of each sheet that has one of its own, in the order of the workbook (ECMA-376 18.2.19, 18.3.1.55, 18.3.1.73). */
export function layoutsOf(parts: readonly XmlPart[]): readonly (SheetLayout | undefined)[] {
  const part = (name: string): string => parts.find((one) => one.name === name)?.text ?? '';
  const targets = new Map(tags(part('xl/_rels/workbook.xml.rels'), 'Relationship').map((one) => [one.get('Id'), one.get('Target') ?? '']));
  return tags(part('xl/workbook.xml'), 'sheet').map((sheet) => {
    const id = [...sheet].find(([name]) => name === 'id' || name.endsWith(':id'))?.[1];
    const target = targets.get(id) ?? '';
    const text = part(target.startsWith('/') ? target.slice(1) : `xl/${target}`);
    const layout = { hidden: /hidden/i.test(sheet.get('state') ?? ''), hiddenRows: hiddenRowsOf(text), merged: mergedOf(text) };
    return layout.hidden || layout.hiddenRows.size > 0 || layout.merged.length > 0 ? layout : undefined;
  });
}

function hiddenRowsOf(sheet: string): ReadonlySet<number> {
  const rows = new Set<number>();
  let number = 0;
  for (const row of tags(sheet, 'row')) {
    number = Number(row.get('r') ?? number + 1);
    if (/^(?:1|true)$/.test(row.get('hidden') ?? '')) rows.add(number);
  }
  return rows;
}

function mergedOf(sheet: string): readonly Merged[] {
  return tags(sheet, 'mergeCell').slice(0, MOST_MERGED).flatMap((cell): readonly Merged[] => {
    const [, left = '', top, right = '', bottom] = RANGE.exec(cell.get('ref') ?? '') ?? [];
    return top === undefined ? [] : [{ from: `${left}${top}`, rows: [Number(top), Number(bottom)], columns: [columnOf(left), columnOf(right)] }];
  });
}

/** `A` is 0. */
function columnOf(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function tags(xml: string, name: string): readonly Attributes[] {
  return [...xml.matchAll(new RegExp(`<(?:[\\w.-]+:)?${name}(?=[\\s/>])([^<>]{0,${TAG_CHARS}})>`, 'g'))]
    .map(([, attributes = '']) => new Map([...attributes.matchAll(ATTRIBUTE)].map(([, key = '', double, single]) => [key, double ?? single ?? ''])));
}
