import { useEffect, useState, type ReactNode } from 'react';
import { messageViewSchema, type MessageView } from '#libs/contracts';
import type { Api } from '../api';
import { useText } from '../i18n';
import { useLiveText } from '../i18n/live';
import type { Ended } from './live-state';
import { minutesOf } from './words-of-time';

const EVERY_MS = 2_000;
/** Receipts of a voice come within seconds; a unit without a link sends its own later. */
const ASKED_FOR_MS = 40_000;

/** Why it ended, and what was proved: it goes on counting for a while. */
export function EndedPanel({ api, state, again }: { readonly api: Api; readonly state: Ended; readonly again: () => void }): ReactNode {
  const { w } = useLiveText();
  const tally = useTally(api, state.message);
  return (
    <div id="ended" data-code={state.code}>
      <h2>{w('end.title')}</h2>
      <p className={state.code === 'LIVE_SAID' ? 'done' : 'warning'}>{w(`end.${state.code}`, { holder: state.holder ?? '' })}</p>
      <Proof tally={tally} saidMs={state.saidMs} />
      <p className="actions"><button id="speak-again" className="primary" type="button" onClick={again}>{w('end.again')}</button></p>
    </div>
  );
}

/** How much was said, and how many have proved it. */
export function Proof({ tally, saidMs }: { readonly tally: MessageView['tally'] | null; readonly saidMs: number | null }): ReactNode {
  const { t } = useText();
  const { w } = useLiveText();
  return (
    <ul className="reach">
      {saidMs !== null && <li>{w('end.said', { time: minutesOf(saidMs) })}</li>}
      <li id="proof" data-done={tally?.done ?? 0} data-targeted={tally?.targeted ?? 0}>{tally === null ? w('end.proofing') : w('end.proof', { proved: tally.done, targeted: tally.targeted, failed: tally.failed })}</li>
      {tally !== null && tally.done + tally.failed < tally.targeted && <li className="note">{t('state.dispatched')} · {w('end.proofing')}</li>}
    </ul>
  );
}

/** The message's receipts, counted, as they come in. */
export function useTally(api: Api, message: string): MessageView['tally'] | null {
  const [tally, setTally] = useState<MessageView['tally'] | null>(null);
  useEffect(() => {
    let asked = 0;
    const look = (): void => {
      api.get(`/api/messages/${message}`, messageViewSchema.pick({ tally: true }).loose()).then(({ tally: told }) => setTally(told), () => undefined);
      asked += EVERY_MS;
      if (asked > ASKED_FOR_MS) window.clearInterval(timer);
    };
    const timer = window.setInterval(look, EVERY_MS);
    look();
    return () => window.clearInterval(timer);
  }, [api, message]);
  return tally;
}
