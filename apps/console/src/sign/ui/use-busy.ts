import { useCallback, useRef, useState } from 'react';
import { faultOf, type Fault } from './fault';

export interface Busy {
  readonly busy: boolean;
  readonly fault: Fault | null;
  /** Runs one thing at a time: a second press while one is under way does nothing. What it throws is shown. */
  readonly run: (act: () => Promise<void>) => Promise<void>;
}

export function useBusy(): Busy {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const running = useRef(false);
  const run = useCallback(async (act: () => Promise<void>): Promise<void> => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setFault(null);
    try {
      await act();
    } catch (cause) {
      setFault(faultOf(cause));
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { busy, fault, run };
}
