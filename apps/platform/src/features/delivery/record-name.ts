/** How a record is named inside one batch. */
export function recordName({ terminal, counter }: { readonly terminal: string; readonly counter: string | number }): string {
  return `${terminal} ${counter}`;
}
