/** Rows by what they have in common, in their order; those of which it is unknown are left out. */
export function rowsBy<T, K>(rows: readonly T[], keyOf: (row: T) => K | undefined): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
