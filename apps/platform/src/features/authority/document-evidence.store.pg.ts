import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type KeptDocument } from '../audit';

/** The trust documents for the audit's export, as they were accepted. */
@Injectable()
export class PgDocumentEvidence {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence) {
    evidence.provideDocuments(() => this.all());
  }

  private all(): Promise<readonly KeptDocument[]> {
    return this.database.query<KeptDocument & { readonly platform: PlatformId }>('SELECT word, platform, digest, envelope FROM trust_document ORDER BY place');
  }
}
