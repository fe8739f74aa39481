import { useState, type ReactNode } from 'react';
import { z } from 'zod';
import { useKeyLifeText } from '../i18n/key-life';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { isReason, ReasonInput } from '../ui/reason-input';
import { useBusy } from '../ui/use-busy';

/** An officer will not grant a request: with a reason, which its person reads. */
export function TurnDown({ api, clock, id, onDone }: Pick<SignedIn, 'api' | 'clock'> & { readonly id: string; readonly onDone: () => void }): ReactNode {
  const { w, words } = useKeyLifeText();
  const { busy, fault, run } = useBusy();
  const [reason, setReason] = useState('');
  return (
    <details className="turn-down">
      <summary>{w('turnDown')}</summary>
      <label>{w('turnDownWhy')}<ReasonInput className="turn-down-reason" value={reason} onValue={setReason} /></label>
      <button className="turn-down-sure" type="button" disabled={busy || !isReason(reason)} onClick={() => void run(async () => {
        await api.post(`/api/keys/requests/${id}/refusal`, { reason: reason.trim() }, z.strictObject({}), clock.uuid());
        onDone();
      })}>{w('turnDownSure')}</button>
      <FaultBox fault={fault} own={words} />
    </details>
  );
}
