import type { Factor, Session } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import type { Leaves } from '../../kernel/leaf';
import type { AccessStore, AccountRow } from './access.store';
import type { ServerKey } from './server-key-file';
import { signToken, TOKEN_TYPE } from './token';

export const SESSION_MS = 12 * 3_600_000;

/** Writes a session of 12 hours and signs its token. One that may only enrol carries no role, also not to the STOP listener, which asks nobody. */
export class OpenSession {
  constructor(
    private readonly store: AccessStore,
    private readonly clock: Clock,
    private readonly tokenKey: () => ServerKey,
    private readonly demo: boolean,
    private readonly leaves: Leaves,
  ) {}

  async run(tx: Tx, { account, platform, person, tier, title, roles: held }: AccountRow, factor: Factor, issuedAt: number): Promise<Session> {
    const expiresAt = issuedAt + SESSION_MS;
    const session = this.clock.uuid();
    const roles = factor === 'enrol' ? [] : [...held];
    await this.store.openSession(tx, { id: session, account, issuedAt, expiresAt, factor });
    await this.leaves.insert(tx, { platform, kind: 'session.opened', subject: session, facts: { person, factor }, details: { account } });
    const token = await signToken({ typ: TOKEN_TYPE, session, account, person, platform, tier, roles, issuedAt, expiresAt }, this.tokenKey().signer);
    return { token, expiresAt, account, person, platform, tier, roles, title, demo: this.demo, factor };
  }
}
