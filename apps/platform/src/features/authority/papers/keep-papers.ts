import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, keyIdSchema, LIMITS, rosterSchema, type NewPapers, type PaperView } from '#libs/contracts';
import { fromBase64, parseStrictJson } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { TrustState } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import type { Transactions, Tx } from '../../../kernel/database';
import { userError, type FieldError } from '../../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../../kernel/http';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { Trust } from '../authority';
import { PAPERS_STORE, type KeptPaper, type PapersStore } from './papers.store';
import { signaturesOf } from './paper-signers';

const LIFE_MS = 7 * 86_400_000;
const MOST_OPEN = 8;

type Draft = NewPapers['papers'][number];
type Read = { readonly ok: true; readonly paper: Omit<KeptPaper, 'signatures'> } | { readonly ok: false; readonly fault: FieldError };

/**
 * Keeps drafts of rosters for the officers who will sign them. They are untrusted paper: each officer's own page reads
 * the bytes and shows their difference; here only what could never be published is turned away.
 */
@Injectable()
export class KeepPapers {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(PAPERS_STORE) private readonly store: PapersStore,
    private readonly trust: Trust,
    private readonly leaves: Leaves,
  ) {}

  /** Refuses with every paper at fault: PAPER_UNREADABLE, DOCUMENT_FOREIGN, PAPER_STALE; PAPERS_FULL. Answers their digests. */
  async run(caller: Principal, { papers }: NewPapers, call: IdempotentCall): Promise<{ readonly papers: readonly string[] }> {
    const scope = scopeOf(caller);
    const state = this.trust.state();
    const now = Math.trunc(this.clock.now());
    const read = papers.map((draft, at) => this.read(state, draft, at, caller, now));
    const faults = read.flatMap((one) => (one.ok ? [] : [one.fault]));
    if (faults[0] !== undefined) throw userError(faults[0].code, faults[0].sentence, { fields: faults, ...(faults[0].code === 'PAPER_STALE' ? { status: 409 } : {}) });
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, async () => {
      for (const one of read) if (one.ok) await this.keep(tx, caller, scope, one.paper);
      return { papers: read.flatMap((one) => (one.ok ? [digestSchema.parse(one.paper.digest)] : [])) };
    }));
  }

  /** Oldest first. */
  async list(caller: Principal): Promise<readonly PaperView[]> {
    const state = this.trust.state();
    const papers = await this.store.list(scopeOf(caller), Math.trunc(this.clock.now()));
    return papers.map((paper): PaperView => {
      const { by, threshold } = signaturesOf(state, paper);
      return { ...viewOf(paper), signedBy: [...by], threshold: Number.isFinite(threshold) ? threshold : 0, stale: isStale(state, paper) };
    });
  }

  /** A paper that will not be signed. Refuses NOT_FOUND. */
  async discard(caller: Principal, digest: string): Promise<void> {
    const scope = scopeOf(caller);
    await this.transactions.run(async (tx) => {
      const [paper] = await this.store.lock(scope, tx, [digest], Math.trunc(this.clock.now()));
      if (paper === undefined) throw userError('NOT_FOUND', 'There is no such paper in your reach.');
      await this.store.remove(scope, tx, [digest]);
      await this.leaves.insert(tx, { platform: paper.platform, kind: 'paper.discarded', subject: `roster:${paper.platform}`, facts: { digest, version: paper.version, by: caller.account } });
    });
  }

  private read(state: TrustState, { payload, onto, requests }: Draft, at: number, caller: Principal, now: number): Read {
    const refuse = (code: string, sentence: string): Read => ({ ok: false, fault: { path: `papers.${at}`, code, sentence } });
    const bytes = fromBase64(payload);
    const json = bytes === undefined || bytes.length > LIMITS.rosterBytes ? undefined : parseStrictJson(bytes);
    const roster = rosterSchema.safeParse(json?.ok === true ? json.value : undefined);
    if (bytes === undefined || !roster.success) return refuse('PAPER_UNREADABLE', 'These bytes are no roster.');
    const { platform, version } = roster.data;
    if (!scopeOf(caller).covers(platform) || state.rosters.get(platform) === undefined) return refuse('DOCUMENT_FOREIGN', 'It is about a platform outside your scope.');
    const paper = { digest: sha256Hex(bytes), platform, version, onto, payload, requests, draftedBy: caller.account, receivedAt: now, expiresAt: now + LIFE_MS };
    return isStale(state, paper) ? refuse('PAPER_STALE', STALE) : { ok: true, paper };
  }

  private async keep(tx: Tx, caller: Principal, scope: ReturnType<typeof scopeOf>, paper: Omit<KeptPaper, 'signatures'>): Promise<void> {
    const { platform, version, digest, onto, requests } = paper;
    if (await this.store.count(scope, tx, platform, paper.receivedAt) >= MOST_OPEN) throw userError('PAPERS_FULL', `${platform} has ${MOST_OPEN} papers that wait; discard one first.`, { status: 409 });
    await this.store.add(scope, tx, paper);
    await this.leaves.insert(tx, { platform, kind: 'paper.kept', subject: `roster:${platform}`, facts: { digest, version, onto, requests, by: caller.account } });
  }
}

export const STALE = 'The roster has moved on since this paper was drafted: draft it anew from the one in force.';

/** Whether the roster in force is another one than the paper set out from. */
export function isStale(state: TrustState, { platform, version, onto }: Pick<KeptPaper, 'platform' | 'version' | 'onto'>): boolean {
  const held = state.rosters.get(platform);
  return held === undefined || held.digest !== onto || held.value.version + 1 !== version;
}

function viewOf({ digest, platform, version, onto, payload, signatures, requests, draftedBy, receivedAt, expiresAt }: KeptPaper): Pick<PaperView, 'digest' | 'platform' | 'version' | 'onto' | 'payload' | 'signatures' | 'requests' | 'draftedBy' | 'receivedAt' | 'expiresAt'> {
  return {
    digest: digestSchema.parse(digest), platform, version, onto: digestSchema.parse(onto), payload, requests: requests.map((one) => digestSchema.parse(one)), draftedBy, receivedAt, expiresAt,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid: keyIdSchema.parse(keyid), sig })),
  };
}
