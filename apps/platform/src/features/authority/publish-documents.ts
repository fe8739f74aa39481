import { parseEnvelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { ClarionError, type FieldError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { scopeOf, type Principal } from '../access';
import type { SecurityEvents } from '../audit';
import { acceptDocuments } from './accept-documents';
import type { AuthorityStore, DocumentWord } from './authority.store';
import type { RecordDocuments } from './record-documents';
import type { TrustKeeper } from './trust-keeper';

const MOST_EVENTS = 10;

/** The code and sentence of the first document at fault, and every one by its place. */
export class DocumentsRefused extends ClarionError {
  constructor(readonly faults: readonly FieldError[]) {
    super(faults[0]?.code ?? 'INVALID', faults[0]?.sentence ?? 'A document was refused.', { fields: faults });
  }
}

/**
 * POST /api/trust/documents and POST /api/revocations: takes documents that their officers signed, all or none.
 * Refuses with the verifier's own code (REJ_*), DOCUMENT_KIND or DOCUMENT_FOREIGN, naming every document at fault.
 */
export class PublishDocuments {
  constructor(
    private readonly keeper: TrustKeeper,
    private readonly store: AuthorityStore,
    private readonly record: RecordDocuments,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly events: SecurityEvents,
  ) {}

  async run(caller: Principal, envelopes: readonly unknown[], words: readonly DocumentWord[], call: IdempotentCall): Promise<{ readonly accepted: number }> {
    try {
      const answer = await this.transactions.run((tx) =>
        withIdempotency(tx, this.clock, caller.account, call, () => this.accept(tx, caller, envelopes, words)));
      await this.keeper.refresh();
      return answer;
    } catch (cause) {
      if (cause instanceof DocumentsRefused) await this.report(caller, envelopes, cause.faults);
      throw cause;
    }
  }

  private async accept(tx: Tx, caller: Principal, envelopes: readonly unknown[], words: readonly DocumentWord[]): Promise<{ readonly accepted: number }> {
    const scope = scopeOf(caller);
    await this.store.lockDocuments(scope, tx);
    const held = this.keeper.current();
    const newest = this.keeper.extend(held, await this.store.documentsAfter(scope, held?.place ?? 0, tx));
    const accepted = acceptDocuments(newest?.state ?? this.keeper.state(), envelopes, {
      now: this.clock.now(), by: caller.account, words, covers: (platform) => scope.covers(platform),
    });
    if (!accepted.ok) throw new DocumentsRefused(accepted.faults);
    await this.record.run(tx, accepted.value.state, accepted.value.documents);
    await this.record.push(tx, accepted.value.documents);
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
