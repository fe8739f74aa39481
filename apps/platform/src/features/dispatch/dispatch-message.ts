import { Inject, Injectable } from '@nestjs/common';
import type { MessageId, TerminalId } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { invalidFields, userError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { foreignPlatform, isMessageId, MessageAccess, notFound, stateConflict } from '../messages';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { PlaceDispatch } from './place-dispatch';

/** A terminal gets a message at most twice: once, and once more after an interruption (design 4 "Admit"). */
const MOST_DISPATCHES = 2;

/**
 * Releases a held message, or sends one more dispatch of a message to terminals that reported INTERRUPTED. Refuses with
 * STATE_CONFLICT, NOTHING_INTERRUPTED, and INVALID: TERMINALS_NOT_HERE for a held message, which goes to all its targets;
 * TERMINAL_UNKNOWN or TERMINAL_NOT_INTERRUPTED for each terminal that cannot have a second dispatch.
 */
@Injectable()
export class DispatchMessage {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly messages: MessageAccess,
    private readonly place: PlaceDispatch,
  ) {}

  run(principal: Principal, call: IdempotentCall, id: string, terminals: readonly TerminalId[]): Promise<{ readonly id: string }> {
    const scope = scopeOf(principal);
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, async () => {
      const record = isMessageId(id) ? await this.messages.lock(scope, tx, id) : undefined;
      if (record === undefined) throw notFound();
      if (record.platform !== principal.platform) throw foreignPlatform(record.platform);
      const now = Math.trunc(this.clock.now());
      if (record.state === 'approved' && terminals.length > 0) {
        throw invalidFields([{ path: 'terminals', code: 'TERMINALS_NOT_HERE', sentence: 'A held message is released to all its targets; leave terminals empty.' }]);
      }
      if (record.state === 'approved') await this.messages.release(tx, scope, record.id, now);
      else if (record.state === 'dispatched' || record.state === 'completed') await this.again(tx, principal, record.id, terminals, now);
      else throw stateConflict(record.state, 'only an approved or dispatched message can be dispatched');
      return { id: record.id };
    }));
  }

  private async again(tx: Tx, principal: Principal, id: MessageId, terminals: readonly TerminalId[], now: number): Promise<void> {
    const scope = scopeOf(principal);
    const corrections = await this.messages.corrections(scope, id, tx);
    if (corrections.some(({ given }) => given !== null)) throw stateConflict('corrected', 'what was taken back is not said again');
    const history = await this.store.history(scope, tx, id);
    const may = new Set(history
      .filter(({ state, reason, dispatches }) => state === 'failed' && reason === 'INTERRUPTED' && dispatches < MOST_DISPATCHES)
      .map(({ terminal }) => terminal));
    const reached = new Set(history.map(({ terminal }) => terminal));
    const refused = terminals.flatMap((terminal, at) => {
      if (may.has(terminal)) return [];
      return reached.has(terminal)
        ? [{ path: `terminals.${at}`, code: 'TERMINAL_NOT_INTERRUPTED', sentence: `${terminal} did not report an interruption, or had its second dispatch.` }]
        : [{ path: `terminals.${at}`, code: 'TERMINAL_UNKNOWN', sentence: `This message was never dispatched to a terminal "${terminal}".` }];
    });
    if (refused.length > 0) throw invalidFields(refused);
    const chosen = terminals.length > 0 ? terminals : [...may];
    if (chosen.length === 0) throw userError('NOTHING_INTERRUPTED', 'No terminal reported an interruption, so nothing can be dispatched again.', { status: 409 });
    const approved = await this.messages.reopen(tx, scope, id, now);
    await this.place.run(tx, approved, { targets: { areas: [], terminals: [...chosen] } });
  }
}
