import { Inject, Injectable } from '@nestjs/common';
import type { IsolateView } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { lineageOf, verifyIsolate } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { SecurityEvents } from '../audit';
import { Trust } from '../authority';
import { refusalError, SignedCommand } from '../messages';
import { ISOLATE_PLACED, type IsolatePlaced } from './events';
import { ISOLATE_STORE, type IsolateStore } from './isolate.store';
import { Isolates } from './isolates';

/**
 * Takes an isolate that enough officers signed: recorded, told to its terminals, and an alarm at the isolating platform
 * and at every one above it, in one transaction. The same isolate again changes nothing; another under its id is
 * ISOLATE_ID_TAKEN. Refuses with REJ_* and PLATFORM_FOREIGN.
 */
@Injectable()
export class IsolateArea {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(ISOLATE_STORE) private readonly store: IsolateStore,
    private readonly trust: Trust,
    private readonly isolates: Isolates,
    private readonly events: SecurityEvents,
    private readonly command: SignedCommand,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
  ) {}

  async run(principal: Principal, call: IdempotentCall, envelope: Envelope): Promise<IsolateView> {
    const now = Math.trunc(this.clock.now());
    const state = this.trust.state();
    const verified = verifyIsolate(state, envelope, now);
    if (!verified.ok) {
      await this.command.refused(principal, verified.code, envelope);
      throw refusalError(verified);
    }
    const { isolate, digest, keyIds } = verified.value;
    const scope = scopeOf(principal);
    if (!scope.covers(isolate.platform)) throw userError('PLATFORM_FOREIGN', `The platform ${isolate.platform} is not yours.`, { status: 403 });
    const view = await this.isolates.view(verified.value);
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, async () => {
      const recorded = await this.store.insert(scope, tx, { isolate, digest, envelope }, now);
      if (recorded === 'taken') throw userError('ISOLATE_ID_TAKEN', 'Another isolate of this platform has this id; sign a new one.', { status: 409 });
      if (recorded === 'known') return view;
      await this.leaves.insert(tx, {
        platform: isolate.platform, kind: 'isolate.placed', subject: isolate.isolateId,
        facts: { isolate: digest, area: isolate.area, issuedAt: isolate.issuedAt, notAfter: isolate.notAfter, terminals: view.terminals }, details: { reason: isolate.reason },
      });
      await this.events.record(tx, lineageOf(state, isolate.platform).map((platform) => ({
        platform, terminal: null, at: now, kind: 'area-isolated', code: null, subject: digest, keyIds,
      })));
      const placed: IsolatePlaced = { isolate: envelope };
      await this.outbox.put(tx, ISOLATE_PLACED, { ...placed });
      return view;
    }));
  }
}
