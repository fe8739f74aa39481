import type { ReactNode } from 'react';

/** As the contracts have it: Unicode code points. An input's own `maxLength` counts UTF-16 units, of which a rare character takes two. */
const MOST_CHARACTERS = 200;

/** Whether the contracts take these words for a reason. */
export function isReason(text: string): boolean {
  const characters = [...text.trim()].length;
  return characters > 0 && characters <= MOST_CHARACTERS;
}

export interface ReasonInputProps {
  readonly id?: string;
  readonly className?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** One line in which a person says why. What is too long is not cut: it says how long it is, and `isReason` is false. */
export function ReasonInput({ id, className, value, onValue }: ReasonInputProps): ReactNode {
  const characters = [...value.trim()].length;
  return (
    <>
      <input id={id} className={className} value={value} maxLength={2 * MOST_CHARACTERS} onChange={({ target }) => onValue(target.value)} />
      {characters > MOST_CHARACTERS && <span className="warning">{characters} / {MOST_CHARACTERS}</span>}
    </>
  );
}
