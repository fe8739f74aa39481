import { Inject, Injectable } from '@nestjs/common';
import { LIMITS, type Stop, type TerminalId } from '#libs/contracts';
import { silences } from '#libs/domain';
import { tierOf, tombstoneOf, verifyStop } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { messageIn, type MessageRecord } from '../messages';
import { Terminals } from '../terminals';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';

/** A stop that may still be taken back, and the terminals where it alone silences the message and may have cut it off. */
export interface TakenStop {
  readonly stop: Stop;
  readonly until: number;
  readonly terminals: readonly TerminalId[];
}

/** Finds the stops that a stopper may still take back for a message: given in the last 30 s, naming it or everything. */
@Injectable()
export class StopsReaching {
  private readonly scope = serverScope('looks for stops to take back');

  constructor(
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
  ) {}

  /** Newest first. Each is verified again from its bytes; where two stops silence the message, neither can be taken back. */
  async run(record: MessageRecord, now: number, tx?: Tx): Promise<readonly TakenStop[]> {
    const message = messageIn(record);
    const state = this.trust.state();
    const tier = tierOf(state, record.platform);
    if (message === undefined || tier === undefined) return [];
    const heard = await this.store.mayHaveHeard(this.scope, record.id, tx);
    const stops = (await this.store.stops(this.scope, now, tx)).flatMap((envelope) => {
      const verified = verifyStop(state, envelope, now);
      return verified.ok ? [{ stop: verified.value.stop, tombstone: tombstoneOf(verified.value, now) }] : [];
    });
    const stoppable = { digest: record.digest, issuedAt: message.issuedAt, tier };
    const silencing = new Map(heard.map((terminal) => {
      const chain = this.terminals.areasOf(terminal).map((id) => ({ id, parent: null }));
      return [terminal, stops.filter(({ tombstone }) => silences(tombstone, stoppable, chain)).map(({ stop }) => stop.stopId)];
    }));
    return stops.map(({ stop }) => ({
      stop,
      until: stop.issuedAt + LIMITS.resumeMs,
      terminals: heard.filter((terminal) => silencing.get(terminal)?.length === 1 && silencing.get(terminal)?.[0] === stop.stopId),
    })).filter(({ until, terminals }) => now <= until && terminals.length > 0);
  }
}
