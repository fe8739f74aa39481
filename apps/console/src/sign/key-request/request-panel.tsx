import { useCallback, useState, type ReactNode } from 'react';
import { z } from 'zod';
import { challengeSchema, keyRequestSchema, keyRequestViewSchema, keyStandingSchema, type KeyReason, type KeyRequestView, type KeyStanding } from '#libs/contracts';
import { fingerprintOf, KEY_REQUEST_TYPE, keyRequestBytes, possessionBytes } from '#libs/domain';
import { encodePayload, toBase64 } from '#libs/envelope';
import { useKeyLifeText } from '../i18n/key-life';
import { signBytes, type HeldKey } from '../keys';
import type { SignedIn } from '../signed-in';
import { PageRefusal, verifyBy } from '../trust';
import { FaultBox } from '../ui/fault';
import { useLoad } from '../ui/load';
import { QrPicture } from '../ui/qr-picture';
import { useBusy } from '../ui/use-busy';
import { NotWithThisKey, type Reach } from './key-reach';
import { requestIdOf, requestText } from './qr-text';

/** The harmless one first. */
const REASONS: readonly KeyReason[] = ['new', 'changed', 'lost'];

interface Asked { readonly request: KeyRequestView; readonly id: string; readonly text: string }
interface Known { readonly own: readonly KeyStanding[]; readonly asked: readonly Asked[] }

/** Where a key of this browser stands with the officers: ask for it, show what they compare, and once a month that it is still here. */
export function RequestPanel({ held, reach, api, session, clock }: SignedIn & { readonly held: HeldKey; readonly reach: Reach | null }): ReactNode {
  const { words } = useKeyLifeText();
  const { keyId } = held.record;
  const { value, fault, again } = useLoad(useCallback(async (): Promise<Known> => {
    const [own, requests] = await Promise.all([api.get('/api/keys', z.array(keyStandingSchema)), api.get('/api/keys/requests', z.array(keyRequestViewSchema))]);
    return { own, asked: await Promise.all(requests.filter(({ request }) => request.key.keyId === keyId).map((request) => readBack(held, request))) };
  }, [api, held, keyId]));
  if (value === null) return <FaultBox fault={fault} own={words} />;
  const standing = value.own.find((one) => one.keyId === keyId);
  const asked = value.asked.find(({ request }) => request.refused === undefined);
  const refused = value.asked.findLast(({ request }) => request.refused !== undefined)?.request.refused;
  if (standing !== undefined) return <Standing {...{ held, api, session, standing, again }} />;
  return asked === undefined ? <Ask {...{ held, reach, api, session, clock, own: value.own, refused, again }} /> : <Waiting asked={asked} api={api} again={again} />;
}

/** The digits are of what this key has signed; of anything else that the platform calls our request there are none. Refuses PAGE_REQUEST. */
async function readBack({ record }: HeldKey, view: KeyRequestView): Promise<Asked> {
  const envelope = { payloadType: KEY_REQUEST_TYPE, payload: toBase64(encodePayload(view.request)), signatures: [{ keyid: record.keyId, sig: view.sig }] };
  if (await verifyBy(record, envelope) !== 'holds') throw new PageRefusal('PAGE_REQUEST', view.id.slice(0, 16));
  return { request: view, id: await requestIdOf(view), text: await requestText(view) };
}

function Ask({ held, reach, api, session, clock, own, refused, again }: Pick<SignedIn, 'api' | 'session' | 'clock'> & { readonly held: HeldKey; readonly reach: Reach | null; readonly own: readonly KeyStanding[]; readonly refused: KeyRequestView['refused']; readonly again: () => void }): ReactNode {
  const { w, words } = useKeyLifeText();
  const { busy, fault, run } = useBusy();
  const { keyId } = held.record;
  // The harmless one stands there first: whoever only taps on loses nothing.
  const [reason, setReason] = useState<KeyReason>('new');
  const standing = own.filter(({ state }) => state !== 'revoked');
  const [chosen, setChosen] = useState('');
  const replaces = reason === 'new' ? null : standing.length === 1 ? standing[0]?.keyId ?? null : chosen === '' ? null : chosen;
  const isOpen = reason !== 'new' && replaces === null;
  return (
    <div className="ask">
      {refused !== undefined && <p className="warning refused-request">{w('request.refused', { by: refused.by, reason: refused.reason })}</p>}
      <p className="note">{w('keys.notYetInRoster')}</p>
      {held.secret.kind === 'software' && <NotWithThisKey reach={reach} />}
      {standing.length > 0 && (
        <fieldset className="reasons">
          <legend>{w('request.reason')}</legend>
          {REASONS.map((one) => (
            <label key={one} className="reason-choice"><input type="radio" name={`reason ${keyId}`} value={one} checked={reason === one} onChange={() => setReason(one)} /> {w(`request.reason.${one}`)}</label>
          ))}
          {reason !== 'new' && (standing.length === 1
            ? <p className="note replaces">{w('officer.replaces', { key: replaces?.slice(0, 16) ?? '' })}</p>
            : (
              <label>{w('request.replaces')}
                <select className="replaces" value={chosen} onChange={({ target }) => setChosen(target.value)}>
                  <option value="" disabled>{w('request.choose')}</option>
                  {standing.map((one) => <option key={one.keyId} value={one.keyId}>{one.keyId.slice(0, 16)} {one.alg}</option>)}
                </select>
              </label>
            ))}
          {reason === 'lost' && <p className="warning lost-says">{w('request.lostSays')}</p>}
        </fieldset>
      )}
      <button className="primary ask-officers" type="button" disabled={busy || isOpen} onClick={() => void run(async () => {
        const request = keyRequestSchema.parse({
          platform: session.platform, person: session.person, key: held.record, replaces, reason, madeAt: clock.now(),
        });
        const sig = toBase64(await signBytes(held, keyRequestBytes(request)));
        await api.post('/api/keys/requests', { request, sig }, keyRequestViewSchema, clock.uuid());
        again();
      })}>{w('request.ask')}</button>
      <FaultBox fault={fault} own={words} />
    </div>
  );
}

function Waiting({ asked: { id, text, request: { request: { person, platform, replaces, reason }, expiresAt } }, api, again }: { readonly asked: Asked; readonly api: SignedIn['api']; readonly again: () => void }): ReactNode {
  const { w, words, language } = useKeyLifeText();
  const { busy, fault, run } = useBusy();
  return (
    <div className="asked" data-request={id}>
      <p className="warning">{w('request.show', { until: new Date(expiresAt).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en') })}</p>
      <p className="asked-for">{w('request.askedFor', { person, platform })}{replaces === null ? '' : ` ${w('officer.replaces', { key: replaces.slice(0, 16) })}`} · {w(`officer.reason.${reason}`)}</p>
      <p className="fingerprint request-fingerprint">{fingerprintOf(id).join(' ')}</p>
      <QrPicture text={text} label={w('request.qr')} />
      <details><summary>{w('request.text')}</summary><code className="record request-text">{text}</code></details>
      <p className="actions">
        <button type="button" onClick={again}>{w('request.again')}</button>
        <button className="withdraw" type="button" disabled={busy} onClick={() => void run(async () => {
          await api.remove(`/api/keys/requests/${id}`);
          again();
        })}>{w('request.withdraw')}</button>
      </p>
      <FaultBox fault={fault} own={words} />
    </div>
  );
}

function Standing({ held, api, session: { platform, person }, standing: { state, shownAt, dueAt }, again }: Pick<SignedIn, 'api' | 'session'> & { readonly held: HeldKey; readonly standing: KeyStanding; readonly again: () => void }): ReactNode {
  const { w, words, language } = useKeyLifeText();
  const { busy, fault, run } = useBusy();
  const day = (at: number | null): string => (at === null ? '-' : new Date(at).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en'));
  const { keyId } = held.record;
  return (
    <div className="standing" data-state={state}>
      <p className={state === 'shown' ? 'note' : 'warning'}>{w(`request.standing.${state}`, { shown: day(shownAt), due: day(dueAt) })}</p>
      {state !== 'revoked' && (
        <button className={state === 'shown' ? 'prove' : 'primary prove'} type="button" disabled={busy} onClick={() => void run(async () => {
          const { challenge } = await api.post('/api/session/challenge', {}, challengeSchema);
          const sig = toBase64(await signBytes(held, possessionBytes({ platform, person, keyId, challenge })));
          await api.post('/api/keys/possession', { keyId, challenge, sig }, z.array(keyStandingSchema));
          again();
        })}>{w('request.prove')}</button>
      )}
      <FaultBox fault={fault} own={words} />
    </div>
  );
}
