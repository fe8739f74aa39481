import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

interface Props {
  readonly id: string;
  readonly label: string;
  /** Said while it is held. */
  readonly holding: string;
  readonly disabled: boolean;
  readonly onHeld: () => void;
}

/** How long a finger, or the space or enter key, stays down before it counts: no slip of a hand makes sound. */
export const HOLD_MS = 1200;
const KEYS = new Set([' ', 'Enter']);

export function HoldButton({ id, label, holding, disabled, onHeld }: Props): ReactNode {
  const timer = useRef<number | undefined>(undefined);
  const [isHeld, setHeld] = useState(false);
  const release = useCallback((): void => {
    window.clearTimeout(timer.current);
    timer.current = undefined;
    setHeld(false);
  }, []);
  useEffect(() => release, [release]);
  useEffect(() => { if (disabled) release(); }, [disabled, release]);
  const press = (): void => {
    if (disabled || timer.current !== undefined) return;
    setHeld(true);
    timer.current = window.setTimeout(() => {
      release();
      onHeld();
    }, HOLD_MS);
  };
  const onKey = (event: KeyboardEvent, act: () => void): void => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    if (!event.repeat) act();
  };
  return (
    <button
      id={id} type="button" className={`hold ${isHeld ? 'held' : ''}`} disabled={disabled}
      onPointerDown={press} onPointerUp={release} onPointerLeave={release} onPointerCancel={release} onBlur={release}
      onKeyDown={(event) => onKey(event, press)} onKeyUp={(event) => onKey(event, release)} onContextMenu={(event) => event.preventDefault()}
    >{isHeld ? holding : label}</button>
  );
}
