import { useCallback, useState, type ReactNode } from 'react';
import { rootSchema, trustViewSchema, type Root } from '#libs/contracts';
import { digitGroups } from '#libs/domain';
import { useText } from '../i18n';
import { useRootText } from '../i18n/root';
import type { SignedIn } from '../signed-in';
import { confirmRoot, openSigned, PageRefusal, pinnedRoot, readDocuments, requireKnown, signedBy, type Opened, type RootPin } from '../trust';
import { FaultBox } from '../ui/fault';
import { useLoad } from '../ui/load';

interface Look {
  readonly pinned: RootPin;
  /** What the platform shows, where that is neither the pinned root nor its successor. */
  readonly other: Opened<Root> | null;
  /** Whether enough of its own keys have signed it. */
  readonly holds: boolean;
}

/** `#/root`: which root this device believes, and what to do when the platform shows another one. */
export function RootPage({ api, session }: Pick<SignedIn, 'api' | 'session'>): ReactNode {
  const { t } = useText();
  const { w } = useRootText();
  const { value, fault, again } = useLoad(useCallback(() => look(api, session), [api, session]));
  const [isNew, setNew] = useState(false);
  if (value === null) return <section id="root"><h1>{w('title')}</h1>{fault === null ? <p className="note">{w('none')}</p> : <FaultBox fault={fault} />}<button type="button" onClick={again}>{t('home.again')}</button></section>;
  const { pinned, other } = value;
  if (other !== null) return <Changed {...value} other={other} onConfirmed={() => { setNew(true); again(); }} again={again} />;
  return (
    <section id="root" data-state="same">
      <h1>{w('title')}</h1>
      {isNew && <p className="done">{w('confirmed')}</p>}
      <p>{w('remembered', { district: pinned.district, version: pinned.version, threshold: pinned.threshold, keys: pinned.keys.length })}</p>
      <p className="fingerprint" id="root-digits">{digitGroups(pinned.digest).join(' ')}</p>
      <p className="note">{w('compare')}</p>
      <p className="note">{w('same')}</p>
    </section>
  );
}

/** The new digits stand nowhere here: whoever types them has them from an officer. */
function Changed({ pinned, other, holds, onConfirmed, again }: Look & { readonly other: Opened<Root>; readonly onConfirmed: () => void; readonly again: () => void }): ReactNode {
  const { t } = useText();
  const { w } = useRootText();
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const isWhole = /^\d{20}$/.test(typed.replace(/[\s-]/g, ''));
  return (
    <section id="root" className="root-changed" data-state="changed" role="alert">
      <h1>{w('changed')}</h1>
      <p>{w('changed.do')}</p>
      <p>{w('changed.was', { district: pinned.district, version: pinned.version })}</p>
      <p className="fingerprint" id="root-digits">{digitGroups(pinned.digest).join(' ')}</p>
      <p>{w('changed.now', { district: other.value.district, version: other.value.version })}</p>
      {holds ? (
        <>
          <label>{w('typed')}<input id="root-typed" inputMode="numeric" autoComplete="off" value={typed} onChange={({ target }) => { setTyped(target.value); setWrong(false); }} /></label>
          {isWrong && <p className="fault" id="root-wrong" role="alert">{w('typed.wrong')}</p>}
          <p className="actions">
            <button id="root-confirm" type="button" disabled={!isWhole} onClick={() => (confirmRoot(other, typed) ? onConfirmed() : setWrong(true))}>{w('confirm')}</button>
            <button id="root-again" type="button" onClick={again}>{t('home.again')}</button>
          </p>
        </>
      ) : <p className="fault" id="root-holds-not">{w('holds.not')}</p>}
    </section>
  );
}

/** Pins at first sight, as every page does. Refuses what they refuse, but for another root, which is shown. */
async function look(api: SignedIn['api'], session: SignedIn['session']): Promise<Look> {
  const given = await api.get(`/api/trust?platform=${session.platform}`, trustViewSchema);
  try {
    await requireKnown(await readDocuments(given, session.platform));
  } catch (cause) {
    const pinned = pinnedRoot();
    if (!(cause instanceof PageRefusal) || cause.code !== 'PAGE_ROOT_CHANGED' || pinned === null) throw cause;
    const other = await openSigned('root', given.root, rootSchema);
    return { pinned, other, holds: await signedBy(other.envelope, other.value.keys, other.value.threshold) !== 'fails' };
  }
  const pinned = pinnedRoot();
  if (pinned === null) throw new PageRefusal('PAGE_ROOT_CHANGED');
  return { pinned, other: null, holds: true };
}
