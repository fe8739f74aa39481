import { useRef, useState, type ReactNode } from 'react';
import type { PermitView } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { isUncertain } from '../approve/sign-approval';
import { useText } from '../i18n';
import { usePermitText } from '../i18n/permit';
import type { SignedIn } from '../signed-in';
import { Choice } from '../ui/choice';
import { FaultBox } from '../ui/fault';
import { HoldButton } from '../ui/hold-button';
import { useBusy } from '../ui/use-busy';
import type { PermitPart } from './my-part';
import { makeAttempt, postAttempt, type PermitAttempt } from './send-permit';

interface Props extends Pick<SignedIn, 'api' | 'clock'> {
  readonly part: PermitPart;
  readonly payload: Uint8Array;
  /** What others have signed of the same bytes. */
  readonly before: Envelope | null;
  readonly onSigned: (view: PermitView) => void;
}

/** Why this person cannot sign, or the keys and the hold. Signs exactly the bytes that are shown above it. */
export function SignBox({ part, payload, before, api, clock, onSigned }: Props): ReactNode {
  const { t } = useText();
  const { w, words } = usePermitText();
  const { busy, fault, run } = useBusy();
  const [keyAt, setKeyAt] = useState(0);
  const uncertain = useRef<PermitAttempt | null>(null);
  if (part.kind === 'none') return <p className="warning" id="no-part" data-why={part.why}>{w(`why.${part.why}`)}</p>;
  const sign = (): void => void run(async () => {
    const key = part.keys[keyAt];
    if (key === undefined) return;
    const attempt = uncertain.current ?? await makeAttempt(key.held, payload, before, clock);
    try {
      onSigned(await postAttempt(api, attempt));
      uncertain.current = null;
    } catch (cause) {
      uncertain.current = isUncertain(cause) ? attempt : null;
      throw cause;
    }
  });
  return (
    <div className="decide">
      <Choice id="key" label={w('withKey')} at={keyAt} choose={setKeyAt} options={part.keys.map(({ held, verifies }) => `${held.name} · ${t(verifies ? 'keys.kind.passkey' : 'keys.kind.software')}`)} />
      {before === null && part.keys[keyAt]?.verifies === false && <p className="warning" id="software-first">{w('softwareFirst')}</p>}
      <FaultBox fault={fault} own={words} />
      <HoldButton id="permit-hold" label={w('hold')} holding={w('holding')} disabled={busy} onHeld={sign} />
    </div>
  );
}
