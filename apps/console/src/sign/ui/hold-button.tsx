import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

interface Props {
  readonly id: string;
  readonly label: string;
  /** Said while it is held. */
  readonly holding: string;
  readonly disabled: boolean;
  readonly onHeld: () => void;
  /** Shorter than `HOLD_MS` where what follows is easily taken back. */
  readonly holdMs?: 800;
  /** Inside the press itself, and when it was let go too soon: for what a browser allows inside a press alone. */
  readonly onPress?: () => void;
  readonly onLetGo?: () => void;
}

/** How long a finger, or the space or enter key, stays down before it counts: no slip of a hand makes sound. */
export const HOLD_MS = 1200;
const KEYS = new Set([' ', 'Enter']);

export function HoldButton({ id, label, holding, disabled, onHeld, holdMs, onPress, onLetGo }: Props): ReactNode {
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
    onPress?.();
    timer.current = window.setTimeout(() => {
      release();
      onHeld();
    }, holdMs ?? HOLD_MS);
  };
  const letGo = (): void => {
    if (timer.current !== undefined) onLetGo?.();
    release();
  };
  const onKey = (event: KeyboardEvent, act: () => void): void => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    if (!event.repeat) act();
  };
  return (
    <button
      id={id} type="button" className={`hold ${isHeld ? 'held' : ''} ${holdMs === undefined ? '' : 'short-hold'}`} disabled={disabled}
      onPointerDown={press} onPointerUp={letGo} onPointerLeave={letGo} onPointerCancel={letGo} onBlur={letGo}
      onKeyDown={(event) => onKey(event, press)} onKeyUp={(event) => onKey(event, letGo)} onContextMenu={(event) => event.preventDefault()}
    >{isHeld ? holding : label}</button>
  );
}
