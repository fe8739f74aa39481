import { Inject, Injectable } from '@nestjs/common';
import type { Digest } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { openPermit, verifyPermit, type SignedPermit } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import type { Tx } from '../../../kernel/database';
import { userError } from '../../../kernel/errors';
import type { IdempotentCall } from '../../../kernel/http';
import { Leaves } from '../../../kernel/leaf';
import type { Scope } from '../../../kernel/scope';
import { CLOCK } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { Trust } from '../../authority';
import { foreignPlatform, refusalError, stateConflict } from '../refusals';
import { SignedCommand } from '../signed-command';
import { PERMIT_STORE, type PermitStore } from './permit.store';

/**
 * Takes a permit that its signers signed, one after the other or both at once; who brings it is one of them. The same
 * bytes again only add what they lack. It counts nowhere before the officers list it. Refuses with REJ_*,
 * PLATFORM_FOREIGN, SIGNER_FOREIGN and STATE_CONFLICT.
 */
@Injectable()
export class KeepPermit {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PERMIT_STORE) private readonly store: PermitStore,
    private readonly trust: Trust,
    private readonly command: SignedCommand,
    private readonly leaves: Leaves,
  ) {}

  run(principal: Principal, call: IdempotentCall, envelope: Envelope): Promise<{ readonly digest: Digest }> {
    return this.command.run(principal, call, envelope, async (tx) => {
      const now = Math.trunc(this.clock.now());
      const scope = scopeOf(principal);
      const given = this.open(envelope, now);
      const { permit: { platform, notAfter }, digest } = given;
      if (!scope.covers(platform)) throw foreignPlatform(platform);
      if (!given.signers.some(({ person }) => person === principal.person)) throw userError('SIGNER_FOREIGN', 'The signature is not yours.', { status: 403 });
      if (notAfter <= now) throw refusalError({ code: 'REJ_EXPIRED' });
      await this.keep(tx, scope, given, envelope, now);
      return { digest };
    });
  }

  private async keep(tx: Tx, scope: Scope, given: SignedPermit, envelope: Envelope, now: number): Promise<void> {
    const { permit, digest } = given;
    const isNew = await this.store.insert(scope, tx, { digest, platform: permit.platform, envelope }, now);
    const before = isNew ? undefined : await this.store.lock(scope, tx, digest);
    if (before !== undefined && before.withdrawn !== null) throw stateConflict('withdrawn', 'draft another permit');
    const known = before?.envelope.signatures ?? [];
    const added = given.signers.filter(({ keyId }) => !known.some(({ keyid }) => keyid === keyId));
    if (added.length === 0) return;
    if (before !== undefined) {
      const together = { ...before.envelope, signatures: [...known, ...envelope.signatures.filter(({ keyid }) => added.some(({ keyId }) => keyId === keyid))] };
      this.open(together, now);
      await this.store.sign(scope, tx, digest, together);
    }
    for (const { person } of added) {
      await this.leaves.insert(tx, { platform: permit.platform, kind: 'permit.signed', subject: permit.permitId, facts: { permit: digest, clerk: permit.clerk, person } });
    }
  }

  private open(envelope: Envelope, now: number): SignedPermit {
    const opened = openPermit(this.trust.state(), envelope, now);
    if (!opened.ok) throw refusalError(opened);
    // One signature is half a permit; two that will never count are none.
    const verified = verifyPermit(this.trust.state(), envelope, now);
    if (!verified.ok && verified.code !== 'REJ_THRESHOLD') throw refusalError(verified);
    return opened.value;
  }
}
