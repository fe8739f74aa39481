import { parseEnvelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { strandedIn, type TrustState } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { ClarionError, userError, type FieldError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { scopeOf, type Principal } from '../access';
import type { Scope } from '../../kernel/scope';
import type { SecurityEvents } from '../audit';
import { acceptDocuments } from './accept-documents';
import type { AuthorityStore, DocumentWord } from './authority.store';
import { fallFaults, fallsBetween, nameOf, newlyStranded, strandedFaults, type Fall } from './falls';
import type { AnswerRequests } from './keys/answer-requests';
import type { RecordDocuments } from './record-documents';
import type { TrustKeeper } from './trust-keeper';

const MOST_EVENTS = 10;

/** The code and sentence of the first document at fault, and every one by its place. */
export class DocumentsRefused extends ClarionError {
  constructor(readonly faults: readonly FieldError[]) {
    super(faults[0]?.code ?? 'INVALID', faults[0]?.sentence ?? 'A document was refused.', { fields: faults });
  }
}

/** What a request says besides its documents. */
export interface Publishing {
  readonly words: readonly DocumentWord[];
  /** What it means to take out of force and does not replace, as `charter:<platform>` and `roster:<platform>`. */
  readonly alsoFalls: readonly string[];
}

/**
 * POST /api/trust/documents and POST /api/revocations: takes documents that their officers signed, all or none.
 * Refuses with the verifier's own code (REJ_*), DOCUMENT_KIND or DOCUMENT_FOREIGN, naming every document at fault;
 * DOCUMENTS_FALL where something else would fall unsaid, by a revocation as well; REVOCATION_STRANDED where new
 * terminals would not learn what has been revoked.
 */
export class PublishDocuments {
  constructor(
    private readonly keeper: TrustKeeper,
    private readonly store: AuthorityStore,
    private readonly record: RecordDocuments,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly events: SecurityEvents,
    private readonly answers: AnswerRequests,
  ) {}

  async run(caller: Principal, envelopes: readonly unknown[], publishing: Publishing, call: IdempotentCall): Promise<{ readonly accepted: number }> {
    try {
      const answer = await this.transactions.run((tx) =>
        withIdempotency(tx, this.clock, caller.account, call, () => this.accept(tx, caller, envelopes, publishing)));
      await this.refresh();
      return answer;
    } catch (cause) {
      if (cause instanceof DocumentsRefused) await this.report(caller, envelopes, cause.faults);
      throw cause;
    }
  }

  /** What is in force at this moment, and nobody else changes it until the transaction ends. */
  async newest(tx: Tx, scope: Scope): Promise<TrustState> {
    await this.store.lockDocuments(scope, tx);
    const held = this.keeper.current();
    return this.keeper.extend(held, await this.store.documentsAfter(scope, held?.place ?? 0, tx))?.state ?? this.keeper.state();
  }

  /** After a transaction in which something was accepted. */
  refresh(): Promise<void> {
    return this.keeper.refresh();
  }

  /** The same as `run` in the caller's transaction; whoever calls it refreshes afterwards. */
  async accept(tx: Tx, caller: Principal, envelopes: readonly unknown[], { words, alsoFalls }: Publishing): Promise<{ readonly accepted: number }> {
    const scope = scopeOf(caller);
    const before = await this.newest(tx, scope);
    const accepted = acceptDocuments(before, envelopes, {
      now: this.clock.now(), by: caller.person, words, covers: (platform) => scope.covers(platform),
    });
    if (!accepted.ok) throw new DocumentsRefused(accepted.faults);
    const { state, documents } = accepted.value;
    const falls = fallsBetween(before, state);
    if (!isSame(alsoFalls, falls.map(nameOf))) throw fallRefused(before, state, falls);
    const stranded = strandedIn(state);
    const faults = stranded.length === 0 ? [] : strandedFaults(newlyStranded(strandedIn(before), stranded));
    if (faults[0] !== undefined) throw userError('REVOCATION_STRANDED', faults[0].sentence, { fields: faults });
    await this.record.run(tx, state, documents);
    await this.record.falls(tx, falls, documents, caller.person);
    await this.answers.run(scope, tx, state, documents.flatMap(({ word, platform }) => (word === 'roster' ? [platform] : [])));
    await this.record.push(tx, documents);
    return { accepted: envelopes.length };
  }

  /** A forged document is an attack or a mistake; either way somebody should see it. */
  private async report(caller: Principal, envelopes: readonly unknown[], faults: readonly FieldError[]): Promise<void> {
    for (const { path, code } of faults.slice(0, MOST_EVENTS)) {
      const parsed = parseEnvelope(envelopes[Number(path.split('.')[1])]);
      await this.events.recordAlone({
        platform: caller.platform, terminal: null, at: this.clock.now(), kind: 'document-refused', code,
        subject: parsed.ok ? sha256Hex(parsed.payload) : null, keyIds: parsed.ok ? parsed.envelope.signatures.map(({ keyid }) => keyid) : [],
      });
    }
  }
}

function isSame(said: readonly string[], falls: readonly string[]): boolean {
  return new Set(said).size === falls.length && falls.every((name) => said.includes(name));
}

function fallRefused(before: TrustState, after: TrustState, falls: readonly Fall[]): ClarionError {
  const named = falls.length === 0 ? 'Nothing would fall.' : `These would fall: ${falls.map(nameOf).join(' ')}.`;
  return userError('DOCUMENTS_FALL', `${named} Send what replaces them in the same request, or name exactly these in alsoFalls.`, { fields: fallFaults(before, after, falls) });
}
