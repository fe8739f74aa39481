import type { ReactNode } from 'react';
import type { PlatformId } from '#libs/contracts';
import { digitGroups } from '#libs/domain';
import { useKeyLifeText } from '../i18n/key-life';
import type { HeldKey } from '../keys';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { useBusy } from '../ui/use-busy';
import type { InForce } from './in-force';
import { officerKey, type Paper } from './paper';
import { keepPapers, signPapers } from './send-papers';

interface Props extends Pick<SignedIn, 'api' | 'keys' | 'clock'> {
  readonly papers: readonly Paper[];
  readonly inForce: ReadonlyMap<PlatformId, InForce>;
  /** Whether a person stands behind it; of what this page has drafted itself, always. */
  readonly vouchedFor: (paper: Paper, me: string) => boolean;
  /** Not yet laid before the others. */
  readonly isDraft: boolean;
  readonly onSigned: (published: number, waiting: number) => void;
  /** After one was discarded. */
  readonly onGone: () => void;
  readonly onAnew?: (paper: Paper) => void;
  readonly canDraftAnew?: (paper: Paper) => boolean;
}

/** Papers, each with its difference in plain words, and one button that signs all that are this officer's to sign. */
export function PaperList({ papers, inForce, vouchedFor, isDraft, keys, api, clock, onSigned, onGone, onAnew, canDraftAnew }: Props): ReactNode {
  const { w, words } = useKeyLifeText();
  const { busy, fault, run } = useBusy();
  const mine = papers.flatMap((paper) => {
    const held = inForce.get(paper.platform);
    const own = held === undefined ? undefined : officerKey(held, keys);
    return own !== undefined && statusOf(paper, inForce, keys, vouchedFor) === 'mine' ? [{ paper, key: own.key }] : [];
  });
  const confirmations = mine.filter(({ key }) => key.secret.kind === 'passkey').length;
  return (
    <>
      {papers.map((paper) => <PaperCard key={paper.digest} paper={paper} status={statusOf(paper, inForce, keys, vouchedFor)} actions={isDraft ? null : (
        <>
          {paper.stale && onAnew !== undefined && canDraftAnew?.(paper) === true && <button className="anew" type="button" disabled={busy} onClick={() => onAnew(paper)}>{w('officer.anew')}</button>}
          <button className="discard" type="button" disabled={busy} onClick={() => void run(async () => {
            await api.remove(`/api/papers/${paper.digest}`);
            onGone();
          })}>{w('officer.discard')}</button>
        </>
      )} />)}
      {mine.length > 0 && (
        <p className="actions">
          <button className="primary sign-all" type="button" disabled={busy} onClick={() => void run(async () => {
            if (isDraft) await keepPapers(api, clock, mine.map(({ paper }) => paper));
            const { published, waiting } = await signPapers(api, clock, mine);
            onSigned(published.length, waiting.length);
          })}>{w('officer.sign', { n: mine.length })}</button>
        </p>
      )}
      {confirmations > 1 && <p className="warning confirmations">{w('officer.confirmations', { n: confirmations })}</p>}
      <FaultBox fault={fault} own={words} />
    </>
  );
}

type Status = 'stale' | 'mine' | 'signed' | 'not-mine' | 'unvouched';

function statusOf(paper: Paper, inForce: Props['inForce'], keys: readonly HeldKey[], vouchedFor: Props['vouchedFor']): Status {
  const held = inForce.get(paper.platform);
  const own = held === undefined ? undefined : officerKey(held, keys);
  if (paper.stale) return 'stale';
  if (own === undefined) return 'not-mine';
  if (paper.signedBy.includes(own.person)) return 'signed';
  return vouchedFor(paper, own.person) ? 'mine' : 'unvouched';
}

function PaperCard({ paper: { platform, version, digest, differences, against, signedBy, threshold }, status, actions }: { readonly paper: Paper; readonly status: Status; readonly actions: ReactNode }): ReactNode {
  const { w, language } = useKeyLifeText();
  return (
    <article className="key paper" data-paper={digest} data-platform={platform} data-status={status}>
      <h2>{w('officer.rosterOf', { platform, version })}</h2>
      {against === null ? <p className="warning whole">{w('officer.notVouched')}</p> : <p className="note against">{w('officer.against', { version: against.version, digits: digitGroups(against.digest).join('\u00a0') })}</p>}
      <ul className="differences">
        {differences.map((one) => <li key={`${one.field} ${one.en}`} data-field={one.field} className={one.weakens ? 'weakens' : ''}>{one.weakens ? '‼ ' : ''}{language === 'zh' ? one.zh : one.en}</li>)}
      </ul>
      <p className="note">{w('officer.digest')} <span className="paper-digits">{digitGroups(digest).join(' ')}</span></p>
      <p className={status === 'stale' || status === 'not-mine' || status === 'unvouched' ? 'warning' : 'note'}>{w(`officer.status.${status}`, { n: signedBy.length, of: threshold, by: signedBy.join(language === 'zh' ? '、' : ', ') })}</p>
      {actions !== null && <p className="actions">{actions}</p>}
    </article>
  );
}
