import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import { acceptDocuments } from './accept-documents';
import type { AuthorityStore, DocumentWord } from './authority.store';
import type { RecordDocuments } from './record-documents';
import type { TrustKeeper } from './trust-keeper';

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
  ) {}

  async run(scope: Scope, envelopes: readonly unknown[], words: readonly DocumentWord[]): Promise<{ readonly accepted: number }> {
    await this.transactions.run(async (tx) => {
      await this.store.lockDocuments(scope, tx);
      const held = this.keeper.current();
      const newest = this.keeper.extend(held, await this.store.documentsAfter(scope, held?.place ?? 0, tx));
      const accepted = acceptDocuments(newest?.state ?? this.keeper.state(), envelopes, {
        now: this.clock.now(), by: scope.holder, words, covers: (platform) => scope.covers(platform),
      });
      if (!accepted.ok) {
        const [first] = accepted.faults;
        throw userError(first?.code ?? 'INVALID', first?.sentence ?? 'A document was refused.', { fields: accepted.faults });
      }
      await this.record.run(tx, accepted.value.state, accepted.value.documents);
      await this.record.push(tx, accepted.value.documents);
    });
    await this.keeper.refresh();
    return { accepted: envelopes.length };
  }
}
