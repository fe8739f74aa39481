// Shared with main.tsx: so it stands in the part of the bundle that holds zod, in front of every schema.
import '../no-jit';
import { useCallback, useState, type ReactNode } from 'react';
import { z } from 'zod';
import { canSignSchema, keyRequestViewSchema, paperViewSchema, type CanSign, type PaperView, type PlatformId } from '#libs/contracts';
import { useText } from '../i18n';
import { useKeyLifeText } from '../i18n/key-life';
import { requestIdOf } from '../key-request/qr-text';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { useLoad } from '../ui/load';
import { useBusy } from '../ui/use-busy';
import { CanSignTable } from './can-sign-table';
import { comparedBefore, keepCompared } from './compared';
import { rostersInForce, type InForce } from './in-force';
import { draftAll } from './draft-all';
import { EndPermit } from './end-permit';
import { isVouched, PaperFault, readKept, type Paper } from './paper';
import { PaperList } from './paper-list';
import { RequestList, type LeftOut, type ListedRequest } from './request-list';

interface Laid {
  readonly requests: readonly ListedRequest[];
  readonly waiting: readonly { readonly view: PaperView; readonly paper: Paper | null; readonly fault: string | null }[];
  readonly inForce: ReadonlyMap<PlatformId, InForce>;
  readonly able: readonly CanSign[];
}

/** `#/officer`: keys that people ask for, rosters that wait for signatures, and who can sign now; `#/officer/permits/<digest>` ends a live permit as well. */
export function OfficerPage(inside: SignedIn & { readonly rest: string }): ReactNode {
  const { w } = useKeyLifeText();
  return inside.session.roles.includes('officer') ? <Desk key={inside.rest} {...inside} /> : <p className="note">{w('officer.notOfficer')}</p>;
}

function Desk({ api, keys, clock, rest }: SignedIn & { readonly rest: string }): ReactNode {
  const { t } = useText();
  const { w, words } = useKeyLifeText();
  const { value, fault, again } = useLoad(useCallback(() => lay(api), [api]));
  const [compared, setCompared] = useState(comparedBefore);
  const [drafts, setDrafts] = useState<readonly Paper[]>([]);
  const [leftOut, setLeftOut] = useState<readonly LeftOut[]>([]);
  const [said, setSaid] = useState<string | null>(null);
  const draft = useBusy();
  if (value === null) return <FaultBox fault={fault} own={words} />;
  const { requests, waiting, inForce, able } = value;
  const drafted = new Set(drafts.flatMap((paper) => paper.requests.map(String)));
  const draftFrom = (chosen: readonly ListedRequest[]): Promise<void> => draft.run(async () => {
    setSaid(null);
    const made = await draftAll(chosen, inForce, clock.now());
    setDrafts(made.papers);
    setLeftOut(made.leftOut);
  });
  const vouchedFor = (paper: Paper, me: string): boolean => {
    const held = inForce.get(paper.platform);
    const own = paper.requests.flatMap((one) => requests.find(({ id, view }) => id === one && compared.has(id) && view.request.platform === paper.platform)?.view ?? []);
    return held !== undefined && isVouched(paper, held, own, me);
  };
  const signed = (published: number, open: number): void => {
    setSaid(published > 0 ? w('officer.published', { n: published }) : w('officer.waitsForOthers', { n: open }));
    setDrafts([]);
    setLeftOut([]);
    again();
  };
  const [, permit] = /^permits\/([0-9a-f]{64})$/.exec(rest) ?? [];
  return (
    <>
      {permit !== undefined && <EndPermit key={`${permit} ${said ?? ''}`} digest={permit} {...{ api, keys, clock }} onSigned={signed} />}
      <section id="requests">
        <h1>{w('officer.title')}</h1>
        <RequestList requests={requests} inForce={inForce} compared={compared} drafted={drafted} leftOut={leftOut} {...{ api, clock }} onRefused={again} onCompared={(id) => {
          const next = new Set([...compared, id]);
          keepCompared(next);
          setCompared(next);
        }} />
        <p className="actions">
          <button id="draft" type="button" className="primary" disabled={draft.busy || !requests.some(({ id }) => compared.has(id))} onClick={() => void draftFrom(requests.filter(({ id }) => compared.has(id)))}>
            {w('officer.draft', { n: requests.filter(({ id }) => compared.has(id)).length })}
          </button>
          <button id="refresh" type="button" onClick={again}>{t('home.again')}</button>
        </p>
        <FaultBox fault={draft.fault} own={words} />
        {said !== null && <p className="note" id="said" role="status">{said}</p>}
      </section>
      {drafts.length > 0 && (
        <section id="drafts">
          <h1>{w('officer.drafts')}</h1>
          <PaperList {...{ papers: drafts, inForce, keys, api, clock }} vouchedFor={() => true} isDraft onSigned={signed} onGone={again} />
        </section>
      )}
      <section id="papers">
        <h1>{w('officer.papers')}</h1>
        {waiting.length === 0 && <p className="note">{w('officer.noPapers')}</p>}
        {waiting.filter(({ fault: wrong }) => wrong !== null).map(({ view, fault: wrong }) => <FaultBox key={view.digest} fault={{ code: wrong ?? '', sentence: `${view.platform} ${view.digest.slice(0, 16)}` }} own={words} />)}
        <PaperList {...{ papers: waiting.flatMap(({ paper }) => paper ?? []), inForce, keys, api, clock, vouchedFor }} isDraft={false} onSigned={signed} onGone={again}
          onAnew={(paper) => void draftFrom(requests.filter(({ id }) => paper.requests.some((one) => one === id) && compared.has(id)))}
          canDraftAnew={(paper) => paper.requests.length > 0 && paper.requests.every((one) => compared.has(one) && requests.some(({ id }) => id === one))} />
      </section>
      <section id="can-sign"><CanSignTable platforms={able} /></section>
    </>
  );
}

async function lay(api: SignedIn['api']): Promise<Laid> {
  const [asked, papers, able] = await Promise.all([
    api.get('/api/keys/requests', z.array(keyRequestViewSchema)), api.get('/api/papers', z.array(paperViewSchema)), api.get('/api/trust/can-sign', z.array(canSignSchema)),
  ]);
  // What the platform calls a request is not asked: its digits are worked out from what it shows.
  const requests = await Promise.all(asked.filter(({ refused }) => refused === undefined).map(async (view): Promise<ListedRequest> => ({ view, id: await requestIdOf(view) })));
  const inForce = await rostersInForce(api, new Set([...asked.map(({ request }) => request.platform), ...papers.map(({ platform }) => platform)]));
  return { requests, inForce, able, waiting: await Promise.all(papers.map((view) => readOne(view, inForce))) };
}

async function readOne(view: PaperView, inForce: Laid['inForce']): Promise<Laid['waiting'][number]> {
  const held = inForce.get(view.platform);
  try {
    return held === undefined ? { view, paper: null, fault: 'PAPER_BYTES' } : { view, paper: await readKept(view, held), fault: null };
  } catch (cause) {
    if (cause instanceof PaperFault) return { view, paper: null, fault: cause.code };
    throw cause;
  }
}
