import type { ServerTime } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import type { Principal } from '../access';
import type { ClockFault, ClockWatch } from './clock-watch';

/** How near the server's clock must be to what the person read from another one. */
const NEAR_MS = 60_000;

/** GET /api/time and POST /api/time/confirmation. Refuses CLOCK_DISAGREES: then it is the server's clock that must be set. */
export class ConfirmTime {
  constructor(private readonly watch: ClockWatch, private readonly clock: Clock, private readonly transactions: Transactions, private readonly leaves: Leaves) {}

  read(): ServerTime {
    return this.view(this.watch.check());
  }

  async run(caller: Principal, at: number): Promise<ServerTime> {
    const [fault, now] = [this.watch.check(), Math.trunc(this.clock.now())];
    const byMs = now - at;
    if (Math.abs(byMs) > NEAR_MS) throw userError('CLOCK_DISAGREES', `The server's clock is ${Math.round(byMs / 1_000)} s from the time that you gave: set it right first.`);
    if (fault !== null) {
      await this.transactions.run((tx) => this.leaves.insert(tx, { platform: caller.platform, kind: 'time.confirmed', subject: 'time', facts: { at: now, byMs: fault.byMs, by: caller.person } }));
      this.watch.confirm();
    }
    return this.view(null);
  }

  private view(fault: ClockFault | null): ServerTime {
    return { at: Math.trunc(this.clock.now()), fault };
  }
}
