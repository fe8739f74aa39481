import { fromBase64, type Envelope } from '#libs/envelope';
import { readAssertion } from '#libs/suites';
import { holdersOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import type { Trust } from './authority';
import type { AuthorityStore } from './authority.store';

/** The refusal of a passkey that counted backwards or stood still. */
export const PASSKEY_COUNTER = 'AUTH_PASSKEY_COUNTER';

/**
 * The counter of a passkey rises with every signature that is taken here (WebAuthn L3 7.2 step 22, threat T17): one that
 * does not comes from a copy of the key, or was signed before another that came first. A key that has never counted is
 * let be. Terminals do not ask (ADR 0015).
 */
export class PasskeyCounters {
  constructor(private readonly store: AuthorityStore, private readonly trust: Trust, private readonly clock: Clock, private readonly scope: Scope) {}

  /** In the caller's transaction, for signatures that were verified, all of one moment; throws AUTH_PASSKEY_COUNTER. */
  async rise(tx: Tx, envelopes: readonly Pick<Envelope, 'signatures'>[]): Promise<void> {
    const state = this.trust.state();
    const counted = envelopes.flatMap(({ signatures }) => signatures)
      .filter(({ keyid }) => holdersOf(state, keyid).some(({ key }) => key.alg === 'webauthn-es256'))
      .map(({ keyid, sig }) => ({ keyId: keyid, counter: readAssertion(fromBase64(sig) ?? new Uint8Array())?.counter ?? 0 }))
      .sort((a, b) => a.counter - b.counter);
    for (const { keyId, counter } of counted) {
      if (!(await this.store.raiseCounter(this.scope, tx, keyId, counter, Math.trunc(this.clock.now())))) {
        throw userError(PASSKEY_COUNTER, 'This passkey has signed more often than this signature says: sign again, and tell a key officer if you did not sign elsewhere.', { status: 403 });
      }
    }
  }
}
