import { Injectable } from '@nestjs/common';
import type { Message, MessageId } from '#libs/contracts';
import type { StandingMessage } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { ClarionError, operationalError, userError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';

/** A grant of living voice that is about to go on the air. */
export interface LiveGrantAsked {
  readonly id: MessageId;
  readonly verified: StandingMessage;
}

/** Who speaks there, as people know him, and until when at most, Unix ms. */
export interface TurnTaken {
  readonly holder: string;
  readonly until: number;
}

/** Who keeps the turns to speak: one voice at a time for an area and tier. */
export interface LiveTurn {
  /**
   * Asked in the transaction in which the grant is dispatched, right before it is. Undefined: the turn was free, and with
   * this transaction it is the grant's.
   */
  free(tx: Tx, scope: Scope, grant: LiveGrantAsked): Promise<TurnTaken | undefined>;
  /** Whether the voice of a dispatched grant has ended for good; with `tx` nobody begins it before that one ends. */
  isOver(tx: Tx | undefined, scope: Scope, id: MessageId): Promise<boolean>;
}

/** The place where whoever keeps the turns hangs himself in. Without him no living voice goes on the air. */
@Injectable()
export class LiveTurns {
  private keeper: LiveTurn | undefined;

  /** Registered once, when the module of the voices starts. */
  keptBy(keeper: LiveTurn): void {
    if (this.keeper !== undefined) throw new ClarionError('UNEXPECTED', 'two features want to keep the turns to speak', { family: 'unexpected' });
    this.keeper = keeper;
  }

  /** Takes the turn for a grant that goes on the air in this transaction. Refuses with LIVE_TAKEN, with `holder` and `until` among its fields, and LIVE_UNSERVED; nothing to do for what is recorded. */
  async take(tx: Tx, scope: Scope, grant: LiveGrantAsked): Promise<void> {
    if (!('live' in grant.verified.message.body)) return;
    const taken = await this.served.free(tx, scope, grant);
    if (taken !== undefined) throw liveTaken(taken);
  }

  /** Refuses with LIVE_OVER what may not be dispatched once more: a voice that has ended was never recorded for those who missed it. */
  async requireLasting(tx: Tx, scope: Scope, { id, verified }: LiveGrantAsked): Promise<void> {
    if (!('live' in verified.message.body)) return;
    if (await this.served.isOver(tx, scope, id)) throw userError('LIVE_OVER', 'The voice is over; what was missed of it is not said again.', { status: 409 });
  }

  /** Of a dispatched message: whether it was a living voice that has ended for good, whatever its loudspeakers have told of it. */
  async isOver(scope: Scope, { id, body }: Message): Promise<boolean> {
    return 'live' in body && await this.keeper?.isOver(undefined, scope, id) === true;
  }

  private get served(): LiveTurn {
    if (this.keeper === undefined) throw operationalError('LIVE_UNSERVED', 'This server takes no living voice.');
    return this.keeper;
  }
}

function liveTaken({ holder, until }: TurnTaken): ClarionError {
  const at = new Date(until).toISOString();
  return userError('LIVE_TAKEN', `${holder} speaks there, until ${at} at most.`, {
    status: 409, fields: [{ path: 'holder', code: 'LIVE_TAKEN', sentence: holder }, { path: 'until', code: 'LIVE_TAKEN', sentence: at }],
  });
}
