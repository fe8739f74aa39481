import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type UnsaidRow } from '../audit';
import { Trust } from './authority';

interface AccountRow { readonly account: string; readonly platform: PlatformId; readonly person: string; readonly roles: readonly string[] }

/** Documents that no leaf says were accepted, and accounts with other roles than the rosters in force give (threats T61). */
@Injectable()
export class PgUnsaidDocuments {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence, private readonly trust: Trust) {
    evidence.provideUnsaid(async () => [...await this.documents(), ...await this.entitled()]);
  }

  private documents(): Promise<readonly UnsaidRow[]> {
    return this.database.query<UnsaidRow & { readonly platform: PlatformId }>(
      `SELECT d.platform, 'DOCUMENT_UNSAID' AS code, 'trust_document' AS "table", d.digest AS row FROM trust_document d
        WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = d.platform AND l.subject = d.word || ':' || d.platform AND l.kind = d.word || '.accepted' AND d.digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || d.digest || '"') > 0)`,
    );
  }

  /** A roster that is being accepted this moment may not have reached this server's memory yet: whoever asks twice sees whether it stays so. */
  private async entitled(): Promise<readonly UnsaidRow[]> {
    if (!this.trust.isReady()) return [];
    const { rosters } = this.trust.state();
    const rows = await this.database.query<AccountRow>('SELECT account, platform, person, roles FROM account');
    const others = rows.filter(({ platform, person, roles }) => {
      const signed = rosters.get(platform)?.value.persons.find(({ id }) => id === person)?.roles ?? [];
      return [...roles].sort().join(' ') !== [...signed].sort().join(' ');
    });
    return others.map(({ platform, account }) => ({ platform, code: 'ACCOUNT_UNSAID', table: 'account', row: account }));
  }
}
