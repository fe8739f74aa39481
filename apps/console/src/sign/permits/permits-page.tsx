// Shared with main.tsx: so it stands in the part of the bundle that holds zod, in front of every schema.
import '../no-jit';
import { useCallback, useState, type ReactNode } from 'react';
import type { PermitView } from '#libs/contracts';
import { useText } from '../i18n';
import { usePermitText } from '../i18n/permit';
import type { SignedIn } from '../signed-in';
import { FaultBox, faultOf, type Fault } from '../ui/fault';
import { useLoad } from '../ui/load';
import { DraftForm } from './draft-form';
import { myPartOf } from './my-part';
import { PermitCard, WithdrawBox } from './permit-card';
import { SignBox } from './sign-box';
import { readPermit, standingOf, type SignedPermit } from './signed-permit';
import { toldPermit, toldPermits } from './told-permits';
import { readVillages, type Villages } from './villages';

interface Read {
  readonly digest: string;
  readonly signed: SignedPermit | null;
  readonly fault: Fault | null;
}

/** `#/permits`: live permits in reach, and a draft of one; `#/permits/<digest>`: one of them, to be read, signed or withdrawn. */
export function PermitsPage(props: SignedIn & { readonly digest: string | null }): ReactNode {
  return props.digest === null ? <All {...props} /> : <One key={props.digest} {...props} digest={props.digest} />;
}

function All(inside: SignedIn): ReactNode {
  const { api, session, clock } = inside;
  const { t } = useText();
  const { w, words } = usePermitText();
  const { value, fault, again } = useLoad(useCallback(async () => {
    const [told, villages] = await Promise.all([toldPermits(api), readVillages(api, session.platform)]);
    return { villages, permits: await Promise.all(told.map((one) => readOne(one, villages, clock.now()))) };
  }, [api, clock, session.platform]));
  const [done, setDone] = useState<PermitView | null>(null);
  const isMine = ({ signed }: Read): boolean => signed?.permit.value.clerk === session.person;
  const list = (permits: readonly Read[]): ReactNode => permits.map(({ digest, signed, fault: wrong }) => (signed === null
    ? <div key={digest} className="key permit" data-permit={digest}><FaultBox fault={wrong} own={words} /></div>
    : <PermitCard key={digest} signed={signed} now={clock.now()}><p><a className="open" href={`#/permits/${digest}`}>{w('open')}</a></p></PermitCard>));
  return (
    <section id="permits">
      <h1>{w('title')}</h1>
      <p className="note">{w('intro')}</p>
      <FaultBox fault={fault} own={words} />
      {value === null && fault === null && <p className="note">{w('loading')}</p>}
      {value?.permits.some(isMine) === true && <div id="mine"><h2>{w('mine')}</h2>{list(value.permits.filter(isMine))}</div>}
      {done !== null && <Done view={done} />}
      {value !== null && session.roles.includes('approver') && <DraftForm key={done?.digest ?? ''} {...inside} villages={value.villages} onSigned={(view) => { setDone(view); again(); }} />}
      {value !== null && !value.permits.every(isMine) && <div id="all"><h2>{w('all')}</h2>{list(value.permits.filter((one) => !isMine(one)))}</div>}
      {value?.permits.length === 0 && <p className="note" id="none">{w('none')}</p>}
      <button id="refresh" type="button" onClick={again}>{t('home.again')}</button>
    </section>
  );
}

function One({ digest, api, session, keys, clock }: SignedIn & { readonly digest: string }): ReactNode {
  const { t } = useText();
  const { w, words } = usePermitText();
  const { value, fault, again } = useLoad(useCallback(async () => {
    return readPermit(await toldPermit(api, digest), await readVillages(api, session.platform), clock.now());
  }, [api, clock, digest, session.platform]));
  const [done, setDone] = useState<PermitView | null>(null);
  const mayWithdraw = session.roles.some((role) => role === 'approver' || role === 'officer');
  return (
    <section id="permit">
      <h1>{w('title')}</h1>
      {fault !== null && <div className="refused"><p className="warning">{w('nothingToSign')}</p><FaultBox fault={fault} own={words} /><button id="again" type="button" onClick={again}>{t('home.again')}</button></div>}
      {fault === null && value === null && <p className="note">{w('loading')}</p>}
      {fault === null && value !== null && (
        <>
          <PermitCard signed={value} now={clock.now()} />
          {done !== null && <Done view={done} />}
          {done === null && <SignBox part={myPartOf(value, session.person, keys, clock.now())} payload={value.permit.payload} before={value.permit.envelope} {...{ api, clock }} onSigned={(view) => { setDone(view); again(); }} />}
          {value.listed && value.permit.value.notAfter > clock.now() && session.roles.includes('officer') && <p className="actions"><a className={standingOf(value, clock.now()) === 'withdrawn' ? 'button primary end-permit' : 'button end-permit'} href={`#/officer/permits/${digest}`}>{w('end')}</a></p>}
          {mayWithdraw && !['withdrawn', 'expired'].includes(standingOf(value, clock.now())) && <WithdrawBox signed={value} {...{ api, clock }} onGone={again} />}
        </>
      )}
      <p><a href="#/permits">{w('back')}</a></p>
    </section>
  );
}

function Done({ view: { digest, state } }: { readonly view: PermitView }): ReactNode {
  const { w } = usePermitText();
  return (
    <div className="done" id="done" data-state={state}>
      <p>{w('done')} · {w(`state.${state}`)}</p>
      {state === 'half-signed' && <p>{w('share')} <span className="code" id="share">{`${location.origin}/#/permits/${digest}`}</span></p>}
    </div>
  );
}

/** One that does not pass must not hide the others. */
async function readOne(told: PermitView, villages: Villages, now: number): Promise<Read> {
  try {
    return { digest: told.digest, signed: await readPermit(told, villages, now), fault: null };
  } catch (cause) {
    return { digest: told.digest, signed: null, fault: faultOf(cause) };
  }
}
