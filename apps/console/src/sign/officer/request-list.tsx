import type { ReactNode } from 'react';
import type { KeyRequest, KeyRequestView, PlatformId } from '#libs/contracts';
import { softwareKeyReach } from '#libs/domain';
import { useText } from '../i18n';
import { useKeyLifeText } from '../i18n/key-life';
import { NotWithThisKey, type Reach } from '../key-request/key-reach';
import type { SignedIn } from '../signed-in';
import { faultWords } from '../ui/fault';
import { Compare } from './compare';
import type { InForce } from './in-force';
import { TurnDown } from './turn-down';

const HOUR = 3_600_000;

export interface ListedRequest {
  readonly view: KeyRequestView;
  /** Worked out here. */
  readonly id: string;
}

/** A compared request that could not go into the draft, and why. */
export interface LeftOut {
  readonly id: string;
  readonly code: string;
}

interface Props extends Pick<SignedIn, 'api' | 'clock'> {
  readonly requests: readonly ListedRequest[];
  readonly inForce: ReadonlyMap<PlatformId, InForce>;
  readonly compared: ReadonlySet<string>;
  readonly drafted: ReadonlySet<string>;
  readonly leftOut: readonly LeftOut[];
  readonly onCompared: (id: string) => void;
  readonly onRefused: () => void;
}

/** Who asks for a key, since when, and whether this officer has compared it. The digits are not shown here: they are the person's to say. */
export function RequestList({ requests, inForce, compared, drafted, leftOut, api, clock, onCompared, onRefused }: Props): ReactNode {
  const { t } = useText();
  const { w, words } = useKeyLifeText();
  if (requests.length === 0) return <p className="note">{w('officer.noRequests')}</p>;
  return requests.map(({ view: { id: listedAs, request: { platform, person, key, replaces, reason }, receivedAt }, id }) => {
    const code = leftOut.find((one) => one.id === id)?.code;
    return (
      <article key={id} className="key request" data-request={id} data-person={person} data-compared={compared.has(id)}>
        <h2>{person} · {platform}</h2>
        <p>{w(`officer.reason.${reason}`)} · {t(`keys.kind.${key.alg === 'webauthn-es256' ? 'passkey' : 'software'}`)} · {w('officer.hoursAgo', { n: Math.max(0, Math.floor((clock.now() - receivedAt) / HOUR)) })}</p>
        {replaces !== null && <p className="note">{w('officer.replaces', { key: replaces.slice(0, 16) })}</p>}
        {key.alg === 'es256' && <NotWithThisKey reach={reachOf({ platform, person })} />}
        {code !== undefined && <div className="fault left-out" role="alert" data-code={code}><p>{w('leftOut', { person, platform })}{why(code)}</p><p className="code">{code}</p></div>}
        {compared.has(id)
          ? <p className="compared">✓ {w(drafted.has(id) ? 'officer.inDraft' : 'officer.compared')}</p>
          : <><p className="note">{w('officer.howToCompare')}</p><Compare id={id} onCompared={() => onCompared(id)} /></>}
        <TurnDown {...{ api, clock }} id={listedAs} onDone={onRefused} />
      </article>
    );
  });

  function reachOf({ platform, person }: Pick<KeyRequest, 'platform' | 'person'>): Reach | null {
    const held = inForce.get(platform);
    const own = held?.roster.value.persons.find(({ id }) => id === person);
    return held === undefined || own === undefined ? null : { platform: held.charter.name, rows: softwareKeyReach(held.charter, held.roster.value, own) };
  }

  function why(code: string): string {
    const own: Readonly<Record<string, string>> = words;
    return own[`leftOut.${code}`] ?? faultWords(t, { code, sentence: code }, words);
  }
}
