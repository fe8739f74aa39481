import type { Transactions } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { PresenceMoves } from './presence';
import type { TerminalsStore } from './terminals.store';

/**
 * Writes presence as intervals, one change after the other. What could not be written (the database was away) is kept
 * and written first next time, so that the board in memory and the history never part.
 */
export class PresenceWriter {
  private waiting: readonly PresenceMoves[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: TerminalsStore,
    private readonly transactions: Transactions,
    private readonly scope: Scope,
  ) {}

  /** Resolves when these moves, and all before, are committed. */
  write(moves: PresenceMoves): Promise<void> {
    if (moves.begun.length > 0 || moves.ended.length > 0) this.waiting = [...this.waiting, moves];
    const written = this.last.then(() => this.flush());
    this.last = written.catch(() => undefined);
    return written;
  }

  private async flush(): Promise<void> {
    const batch = this.waiting;
    if (batch.length === 0) return;
    await this.transactions.run(async (tx) => {
      for (const moves of batch) await this.store.recordPresence(this.scope, tx, moves);
    });
    this.waiting = this.waiting.slice(batch.length);
  }
}
