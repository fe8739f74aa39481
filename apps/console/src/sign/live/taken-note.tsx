import type { ReactNode } from 'react';
import { useLiveText } from '../i18n/live';
import type { LiveSession } from './live-session';
import type { LiveState } from './live-state';
import { hourOf } from './words-of-time';

/** Somebody else speaks there: who, and until when at most. */
export function TakenNote({ live, state: { holder, until, message } }: { readonly live: LiveSession; readonly state: Extract<LiveState, { kind: 'taken' }> }): ReactNode {
  const { w } = useLiveText();
  return (
    <>
      <p className="warning" id="taken" role="alert">{holder === null || until === null ? w('taken.nobody') : w('taken', { holder, until: hourOf(until) })}</p>
      <p className="actions"><button id="taken-again" type="button" onClick={() => live.tell(message === null ? { kind: 'again' } : { kind: 'waits', message, signed: true })}>{w('taken.again')}</button></p>
    </>
  );
}
