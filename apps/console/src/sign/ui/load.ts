import { useCallback, useEffect, useState } from 'react';
import { faultOf, type Fault } from './fault';

export interface Loaded<T> {
  readonly value: T | null;
  readonly fault: Fault | null;
  readonly again: () => void;
}

/** What `read` answers; asked again when `read` changes or somebody says so. An answer that comes too late is dropped. */
export function useLoad<T>(read: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setFault(null);
    read().then(
      (answer) => { if (isCurrent) setValue(() => answer); },
      (cause: unknown) => { if (isCurrent) setFault(faultOf(cause)); },
    );
    return () => { isCurrent = false; };
  }, [read, turn]);
  return { value, fault, again: useCallback(() => setTurn((before) => before + 1), []) };
}
