import { Inject, Injectable } from '@nestjs/common';
import type { Envelope } from '#libs/envelope';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { ClarionError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import type { Principal } from '../access';
import { SecurityEvents } from '../audit';
import { PASSKEY_COUNTER, PasskeyCounters } from '../authority';
import { payloadDigest } from './payload-digest';

/**
 * Carries out what a person signed: once per idempotency key, in one transaction. A signature that is refused changes
 * nothing and leaves a security event at the caller's platform (`api-refused`), which stands although the rest does not.
 * So does a passkey whose counter did not rise; that is told in the audit as well. Of several envelopes the first names the attempt.
 */
@Injectable()
export class SignedCommand {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    private readonly events: SecurityEvents,
    private readonly counters: PasskeyCounters,
    private readonly leaves: Leaves,
  ) {}

  async run<T>(principal: Principal, call: IdempotentCall, signed: Envelope | readonly [Envelope, ...Envelope[]], act: (tx: Tx) => Promise<T>): Promise<T> {
    const envelopes = 'payload' in signed ? [signed] as const : signed;
    try {
      return await this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, async () => {
        const done = await act(tx);
        // After it was verified: what anybody could write as a counter moves none.
        await this.counters.rise(tx, envelopes);
        return done;
      }));
    } catch (cause) {
      if (cause instanceof ClarionError && (cause.code.startsWith('REJ_') || [PASSKEY_COUNTER, 'MESSAGE_ALTERED'].includes(cause.code))) await this.refused(principal, cause.code, envelopes[0]);
      throw cause;
    }
  }

  /** Writes down that this signature was refused; for what is judged before there is a transaction. */
  async refused(principal: Principal, code: string, envelope: Envelope): Promise<void> {
    await this.events.recordAlone({
      platform: principal.platform, terminal: null, at: Math.trunc(this.clock.now()), kind: 'api-refused', code,
      subject: payloadDigest(envelope), keyIds: envelope.signatures.map(({ keyid }) => keyid),
    });
    if (code === PASSKEY_COUNTER) await this.transactions.run((tx) => this.leaves.insert(tx, {
      platform: principal.platform, kind: 'passkey.counter-refused', subject: principal.person, facts: { keyIds: envelope.signatures.map(({ keyid }) => keyid) },
    }));
  }
}
