import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, type PaperSignatures, type PaperSignaturesAnswer } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { TrustState } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import type { Transactions, Tx } from '../../../kernel/database';
import { userError, type FieldError } from '../../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../../kernel/http';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { PasskeyCounters } from '../passkey-counters';
import { PublishDocuments } from '../publish-documents';
import { isStale, STALE } from './keep-papers';
import { holdsOver, officerOf, ROSTER_TYPE, signaturesOf } from './paper-signers';
import { PAPERS_STORE, type KeptPaper, type PapersStore } from './papers.store';

type Given = PaperSignatures['signatures'];

/**
 * Takes an officer's signatures over kept papers, and publishes those that are complete with them: all together through
 * the door through which every document comes, or none, and then no signature is kept either.
 */
@Injectable()
export class SignPapers {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(PAPERS_STORE) private readonly store: PapersStore,
    private readonly publish: PublishDocuments,
    private readonly counters: PasskeyCounters,
    private readonly leaves: Leaves,
  ) {}

  /** Refuses with every signature at fault: NOT_FOUND, PAPER_STALE, REJ_KEY_USAGE, REJ_SIGNATURE; with the verifier's own code what cannot be published. */
  async run(caller: Principal, { signatures }: PaperSignatures, call: IdempotentCall): Promise<PaperSignaturesAnswer> {
    const answer = await this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, () => this.take(tx, caller, signatures)));
    if (answer.published.length > 0) await this.publish.refresh();
    return answer;
  }

  private async take(tx: Tx, caller: Principal, given: Given): Promise<PaperSignaturesAnswer> {
    const scope = scopeOf(caller);
    const state = await this.publish.newest(tx, scope);
    const now = Math.trunc(this.clock.now());
    const digests = [...new Set(given.map(({ digest }) => digest))];
    const papers = new Map((await this.store.lock(scope, tx, digests, now)).map((paper) => [paper.digest, paper]));
    const faults = given.flatMap((one, at) => signatureFault(state, papers.get(one.digest), one, at));
    if (faults[0] !== undefined) throw userError(faults[0].code, faults[0].sentence, { fields: faults, ...(faults[0].code === 'PAPER_STALE' ? { status: 409 } : {}) });
    await this.store.addSignatures(scope, tx, given, now);
    await this.counters.rise(tx, given.map(({ keyid, sig }) => ({ signatures: [{ keyid, sig }] })));
    const signed = [...papers.values()].map((paper) => withGiven(paper, given));
    await this.leaves.insertAll(tx, signed.map(({ platform, digest, version }) => ({
      platform, kind: 'paper.signed', subject: `roster:${platform}`, facts: { digest, version, keyIds: given.filter((one) => one.digest === digest).map(({ keyid }) => keyid), by: caller.account },
    })));
    const complete = signed.filter((paper) => signaturesOf(state, paper).isComplete);
    await this.putInForce(tx, caller, complete);
    const published = new Set(complete.map(({ digest }) => digest));
    return { published: digests.filter((digest) => published.has(digest)), waiting: digests.filter((digest) => !published.has(digest)) };
  }

  private async putInForce(tx: Tx, caller: Principal, papers: readonly KeptPaper[]): Promise<void> {
    if (papers.length === 0) return;
    const scope = scopeOf(caller);
    await this.publish.accept(tx, caller, papers.map(envelopeOf), { words: ['roster'], alsoFalls: [] });
    await this.store.remove(scope, tx, papers.map(({ digest }) => digest));
  }
}

function signatureFault(state: TrustState, paper: KeptPaper | undefined, { digest, keyid, sig }: Given[number], at: number): readonly FieldError[] {
  const refuse = (code: string, sentence: string): readonly FieldError[] => [{ path: `signatures.${at}`, code, sentence }];
  if (paper === undefined) return refuse('NOT_FOUND', `There is no such paper in your reach (${digestSchema.parse(digest).slice(0, 16)}): it was published, discarded, or is over.`);
  if (isStale(state, paper)) return refuse('PAPER_STALE', STALE);
  const officer = officerOf(state, paper.platform, keyid);
  if (officer === undefined) return refuse('REJ_KEY_USAGE', `This key is no officer's of ${paper.platform}.`);
  return holdsOver(paper, officer.key, sig) ? [] : refuse('REJ_SIGNATURE', 'The signature does not belong to these bytes.');
}

function withGiven(paper: KeptPaper, given: Given): KeptPaper {
  const own = given.filter(({ digest }) => digest === paper.digest).map(({ keyid, sig }) => ({ keyid, sig }));
  return { ...paper, signatures: [...paper.signatures.filter(({ keyid }) => !own.some((one) => one.keyid === keyid)), ...own] };
}

function envelopeOf({ payload, signatures }: KeptPaper): Envelope {
  return { payloadType: ROSTER_TYPE, payload, signatures };
}
