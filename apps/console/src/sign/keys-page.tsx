// Shared with main.tsx: so it stands in the part of the bundle that holds zod, in front of every schema.
import './no-jit';
import { useCallback, useState, type ReactNode } from 'react';
import { factorsSchema, type Factors } from '#libs/contracts';
import { keyFingerprint } from '#libs/domain';
import { FactorList } from './factors/factor-list';
import { UseToSignIn } from './factors/use-to-sign-in';
import { useText } from './i18n';
import { useKeyLifeText } from './i18n/key-life';
import { askToPersist, deviceAbilities, ownRelyingParty, persistence, type HeldKey, type Persistence } from './keys';
import type { SignedIn } from './signed-in';
import { KeyReach, readReach, type Reach } from './key-request/key-reach';
import { RequestPanel } from './key-request/request-panel';
import { RootLine } from './root/root-line';
import { FaultBox } from './ui/fault';
import { useLoad } from './ui/load';
import { QrPicture } from './ui/qr-picture';
import { useBusy } from './ui/use-busy';

// Come with this page: parts of their own would be more to fetch for everybody.
export { FirstFactor } from './factors/first-factor';
export { RootPage } from './root/root-page';

/** The keys of this browser: make one, show its record to the officers, forget it. */
export function KeysPage(props: SignedIn): ReactNode {
  const { session, ring, keys, keysChanged, api } = props;
  const { w, words } = useKeyLifeText();
  const { busy, fault, run } = useBusy();
  const [asked, setAsked] = useState<Persistence | null>(null);
  const { value: kept } = useLoad(useCallback(persistence, []));
  const factors = useLoad(useCallback(() => api.get('/api/session/factors', factorsSchema), [api]));
  const reach = useLoad(useCallback(() => readReach({ api, session }), [api, session]));
  const abilities = deviceAbilities();
  const promise = asked ?? kept ?? 'unknown';
  const name = `${session.title} ${keys.length + 1}`;
  // Nobody chooses before it is said what for; where a software key would cost somebody their warnings, the other kind comes first.
  const isTold = reach.value !== null || reach.fault !== null;
  const losesSome = reach.value?.rows.some(({ use }) => use === 'verified') === true;
  const software = (
    <button key="software" id="make-software" type="button" disabled={busy || !isTold || ring === null || !abilities.softwareKeys} onClick={() => void run(async () => {
      await ring?.makeSoftwareKey(name);
      setAsked(await askToPersist());
      keysChanged();
    })}>{w('keys.makeSoftware')}</button>
  );
  const passkey = (
    <button key="passkey" id="make-passkey" type="button" className={losesSome ? 'primary' : ''} disabled={busy || !isTold || ring === null || !abilities.passkeys} onClick={() => void run(async () => {
      await ring?.makePasskey(session.account, name);
      keysChanged();
    })}>{w('keys.makePasskey', { host: ownRelyingParty().id })}</button>
  );
  return (
    <>
    <section>
      <h1>{w('keys.title')}</h1>
      <RootLine />
      {!abilities.secure && <p className="warning" id="no-secure-context">{w('keys.noSecureContext', { host: location.host })}</p>}
      {abilities.secure && !abilities.softwareKeys && <p className="warning" id="no-software-keys">{w('keys.noSoftwareKeys')}</p>}
      {!abilities.passkeys && <p className="warning" id="no-passkeys">{w('keys.noPasskeys')}</p>}
      <KeyReach reach={reach} />
      <div className="actions">
        {losesSome ? [passkey, software] : [software, passkey]}
      </div>
      <p className="note">{w('keys.kinds')}</p>
      <FaultBox fault={fault} own={words} />
      {keys.some(({ secret }) => secret.kind === 'software') && <p id="persistence" data-promise={promise} className={promise === 'promised' ? 'note' : 'warning'}>{w(`keys.persistence.${promise}`)}</p>}
      {keys.length === 0 && <p className="note">{w('keys.none')}</p>}
      {keys.map((key) => <KeyCard key={key.record.keyId} held={key} inside={props} reach={reach.value} factors={factors.value} factorsChanged={factors.again} busy={busy} onForget={() => void run(async () => {
        await ring?.remove(key.record.keyId);
        keysChanged();
      })} />)}
    </section>
    {factors.value !== null && <FactorList {...props} factors={factors.value} onChanged={factors.again} />}
    </>
  );
}

interface CardProps {
  readonly held: HeldKey;
  readonly inside: SignedIn;
  readonly reach: Reach | null;
  readonly factors: Factors | null;
  readonly factorsChanged: () => void;
  readonly busy: boolean;
  readonly onForget: () => void;
}

function KeyCard({ held, busy, inside, reach, factors, factorsChanged, onForget }: CardProps): ReactNode {
  const { t } = useText();
  const { w, language } = useKeyLifeText();
  const { record, name, madeAt, secret } = held;
  const [isSure, setSure] = useState(false);
  const text = JSON.stringify(record);
  return (
    <article className="key" data-key={record.keyId} data-kind={secret.kind}>
      <h2>{name}</h2>
      <p>{t(`keys.kind.${secret.kind}`)} · {new Date(madeAt).toLocaleString(language === 'zh' ? 'zh-CN' : 'en')}</p>
      <RequestPanel {...inside} held={held} reach={reach} />
      {factors !== null && <UseToSignIn {...inside} held={held} factors={factors} onChanged={factorsChanged} />}
      {/* Other digits than those of a request that waits: whoever reads out these is told that somebody swapped the key. */}
      <details className="own-record">
        <summary>{w('keys.record')}</summary>
        <p>{w('keys.fingerprint')}</p>
        <p className="fingerprint">{keyFingerprint(record.keyId).join(' ')}</p>
        <QrPicture text={text} label={w('keys.qr')} />
        <code className="record">{text}</code>
      </details>
      {isSure
        ? <p className="actions"><button type="button" className="forget-sure" disabled={busy} onClick={onForget}>{w('keys.forgetSure')}</button><button type="button" onClick={() => setSure(false)}>{w('keys.keep')}</button></p>
        : <button type="button" className="forget" disabled={busy} onClick={() => setSure(true)}>{w('keys.forget')}</button>}
    </article>
  );
}
