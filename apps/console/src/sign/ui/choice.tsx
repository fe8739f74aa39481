import type { ReactNode } from 'react';

/** One of several; where there is but one, it is said. */
export function Choice({ id, label, options, at, choose }: { readonly id: string; readonly label: string; readonly options: readonly string[]; readonly at: number; readonly choose: (at: number) => void }): ReactNode {
  if (options.length === 1) return <p id={id}>{label} <strong>{options[0]}</strong></p>;
  return <label>{label}<select id={id} value={at} onChange={(event) => choose(Number(event.target.value))}>{options.map((option, index) => <option key={option} value={index}>{option}</option>)}</select></label>;
}
