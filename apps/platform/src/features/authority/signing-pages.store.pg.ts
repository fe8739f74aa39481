import { z } from 'zod';
import type { PlatformId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

const bodySchema = z.object({ kind: z.string(), facts: z.record(z.string(), z.unknown()) });

/** What the audit already says of the signing pages. */
export interface SigningPagesStore {
  /** The newest leaf of this subject; the lock keeps two servers from telling the same twice. */
  lastLeaf(scope: Scope, tx: Tx, platform: PlatformId, subject: string): Promise<z.infer<typeof bodySchema> | undefined>;
}

/** Any number, the same in every server on this database. */
const PAGES_LOCK = 4_202_314;

export class PgSigningPagesStore implements SigningPagesStore {
  async lastLeaf(_scope: Scope, tx: Tx, platform: PlatformId, subject: string): Promise<z.infer<typeof bodySchema> | undefined> {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [PAGES_LOCK]);
    const [row] = await tx.query<{ readonly body: string }>('SELECT body FROM audit_leaf WHERE platform = $1 AND subject = $2 ORDER BY id DESC LIMIT 1', [platform, subject]);
    return row === undefined ? undefined : bodySchema.parse(JSON.parse(row.body));
  }
}
