/** Which counters of each terminal were named, as ranges: a terminal counts one by one, so there are few. */
export class RecordRanges {
  private readonly ranges = new Map<string, [number, number][]>();

  add(terminal: string, counter: number): void {
    const known = this.ranges.get(terminal) ?? [];
    const next = known.find(([, last]) => last === counter - 1);
    if (next === undefined) known.push([counter, counter]);
    else next[1] = counter;
    this.ranges.set(terminal, known);
  }

  has(terminal: string, counter: number): boolean {
    return (this.ranges.get(terminal) ?? []).some(([first, last]) => first <= counter && counter <= last);
  }
}
