import type { FaultCode } from './fault-words';
import type { RowReader } from './row-reader';
import { rowsBy } from './rows-by';
import { fold } from './words';

interface Named { readonly id: string | undefined; readonly codes?: readonly string[] | undefined; readonly name: string | undefined }

/** Finds the row that another row means: by its id, by one of its codes, or by a name that only one row has. */
export class Names<T extends Named> {
  private readonly exact = new Map<string, T>();
  private readonly named: ReadonlyMap<string, readonly T[]>;

  constructor(rows: readonly T[]) {
    // Ids first: a code never shadows one.
    for (const row of rows) if (row.id !== undefined && !this.exact.has(row.id)) this.exact.set(row.id, row);
    for (const row of rows) for (const code of row.codes ?? []) if (!this.exact.has(code)) this.exact.set(code, row);
    this.named = rowsBy(rows, ({ name }) => (name === undefined ? undefined : fold(name)));
  }

  /** The row meant, or undefined after telling why: `unknown`, or NAME_AMBIGUOUS. An empty reference means nobody. */
  find(reference: string | undefined, from: RowReader, column: string, unknown: FaultCode): T | undefined {
    if (reference === undefined || reference === '') return undefined;
    const exact = this.exact.get(reference);
    if (exact !== undefined) return exact;
    const [one, ...others] = this.named.get(fold(reference)) ?? [];
    if (one === undefined) return from.say(unknown, column, { name: reference });
    return others.length === 0 ? one : from.say('NAME_AMBIGUOUS', column, { name: reference });
  }
}

/** Tells every row whose value stands in an earlier row already; empty and unreadable values are nobody's. */
export function sayTwice<T>(rows: readonly { readonly reader: RowReader; readonly value: T }[], column: string, code: FaultCode): void {
  const first = new Map<T, RowReader>();
  for (const { reader, value } of rows) {
    if (value === undefined || value === '') continue;
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, reader);
    else if (earlier !== reader) reader.say(code, column, { other: earlier.number });
  }
}

