import { Inject, Injectable } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Transactions, Tx } from '../../../kernel/database';
import { Leaves, type Leaf } from '../../../kernel/leaf';
import { TRANSACTIONS } from '../../../kernel/tokens';
import { SecurityEvents } from '../../audit';

/** An alarm of a platform that begins or ends: what the incidents and the audit hear of it. */
export interface AlarmTurn {
  readonly platform: PlatformId;
  readonly at: number;
  readonly event: { readonly kind: string; readonly code: string | null; readonly subject: string | null };
  readonly leaf: Pick<Leaf, 'kind' | 'facts'>;
}

/**
 * Tells once that an alarm begins, and once that it ends. A row stands while the alarm does; several servers may look at
 * the same time, also after a restart: the one whose transaction makes the row come or go tells.
 */
@Injectable()
export class AlarmTurns {
  constructor(
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    private readonly events: SecurityEvents,
    private readonly leaves: Leaves,
  ) {}

  /** `turnRow`: makes the row come or go; false when it already had. */
  async tell(turnRow: (tx: Tx) => Promise<boolean>, { platform, at, event, leaf }: AlarmTurn): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (!(await turnRow(tx))) return;
      await this.events.record(tx, [{ platform, terminal: null, at, ...event, keyIds: [] }]);
      await this.leaves.insert(tx, { platform, subject: platform, ...leaf });
    });
  }
}
