import type { TerminalId, VolumeBand } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import { notify, type Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import type { Leaves } from '../../kernel/leaf';
import { scopeOf, type Principal } from '../access';
import { REGISTRY_CHANNEL } from './registry-channel';
import type { TerminalsStore } from './terminals.store';

/**
 * POST /api/terminals/:id/max-volume: the loudest that a terminal shall be from now on, emergency included. It is a wish:
 * the terminal then wants a new assignment, and obeys the cap that an officer signs, whatever stands in this row.
 */
export class CapTerminal {
  constructor(
    private readonly store: TerminalsStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
    private readonly reload: () => Promise<void>,
  ) {}

  /** Refuses a terminal out of scope (NOT_FOUND). What was asked for already changes nothing. */
  async run(caller: Principal, terminal: TerminalId, volume: VolumeBand, call: IdempotentCall): Promise<void> {
    const scope = scopeOf(caller);
    await this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, async () => {
      const [row] = await this.store.lock(scope, tx, [terminal]);
      if (row === undefined) throw userError('NOT_FOUND', 'No such terminal in your scope.');
      if (row.wantedMaxVolume === volume) return {};
      await this.store.wantMaxVolume(scope, tx, terminal, volume);
      await this.leaves.insert(tx, { platform: row.platform, kind: 'terminal.max-volume', subject: terminal, facts: { volume, before: row.wantedMaxVolume, by: caller.person } });
      await notify(tx, REGISTRY_CHANNEL);
      return {};
    }));
    await this.reload();
  }
}
