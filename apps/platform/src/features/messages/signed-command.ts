import { Inject, Injectable } from '@nestjs/common';
import type { Envelope } from '#libs/envelope';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { ClarionError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import type { Principal } from '../access';
import { SecurityEvents } from '../audit';
import { payloadDigest } from './payload-digest';

/**
 * Carries out what a person signed: once per idempotency key, in one transaction. A signature that is refused changes
 * nothing and leaves a security event at the caller's platform (`api-refused`), which stands although the rest does not.
 */
@Injectable()
export class SignedCommand {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    private readonly events: SecurityEvents,
  ) {}

  async run<T>(principal: Principal, call: IdempotentCall, envelope: Envelope, act: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, () => act(tx)));
    } catch (cause) {
      if (cause instanceof ClarionError && (cause.code.startsWith('REJ_') || cause.code === 'MESSAGE_ALTERED')) await this.refused(principal, cause.code, envelope);
      throw cause;
    }
  }

  /** Writes down that this signature was refused; for what is judged before there is a transaction. */
  async refused(principal: Principal, code: string, envelope: Envelope): Promise<void> {
    await this.events.recordAlone({
      platform: principal.platform, terminal: null, at: Math.trunc(this.clock.now()), kind: 'api-refused', code,
      subject: payloadDigest(envelope), keyIds: envelope.signatures.map(({ keyid }) => keyid),
    });
  }
}
