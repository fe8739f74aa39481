import { Inject, Injectable } from '@nestjs/common';
import { restrictionIdSchema, type AreaId, type PlatformId, type RestrictionPayload, type RestrictionView } from '#libs/contracts';
import { hasRoomFor } from '#libs/domain';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import { lineageOf, restrictionOf, verifyRestriction, type VerifiedRestriction } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Transactions, Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import type { Scope } from '../../kernel/scope';
import { CLOCK, CONFIG, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, serverScope, type Principal } from '../access';
import { SecurityEvents } from '../audit';
import { ServerKeys, Trust } from '../authority';
import { refusalError, SignedCommand } from '../messages';
import { RESTRICTION_PLACED, type RestrictionPlaced } from './events';
import { RESTRICTION_STORE, type RestrictionStore } from './restriction.store';
import { Restrictions } from './restrictions';

/** Classes that an automatic posture keeps silent: everyday ones. Warnings of every kind stay. */
export const POSTURE_CLASSES: RestrictionPayload['classes'] = ['notice', 'governance', 'daily'];

/** An answer to an attack with a valid key: who may sign it, whom first, where, and why. */
export interface Posture {
  readonly by: readonly PlatformId[];
  readonly area: AreaId;
  readonly reason: string;
}

/**
 * Takes a restriction that officers signed, or signs a posture for a platform of this server's: recorded, told to its
 * terminals, and said at its platform and every one above it, in one transaction. The same one again changes nothing.
 * Refuses with REJ_*, PLATFORM_FOREIGN, RESTRICTIONS_FULL, RESTRICTION_ID_TAKEN; a posture with SERVER_KEY_MISSING where another server holds the key.
 */
@Injectable()
export class PlaceRestriction {
  private readonly server = serverScope('answers an attack');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(RESTRICTION_STORE) private readonly store: RestrictionStore,
    private readonly trust: Trust,
    private readonly keys: ServerKeys,
    private readonly restrictions: Restrictions,
    private readonly events: SecurityEvents,
    private readonly command: SignedCommand,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
  ) {}

  async run(principal: Principal, call: IdempotentCall, envelope: Envelope): Promise<RestrictionView> {
    const now = Math.trunc(this.clock.now());
    const verified = verifyRestriction(this.trust.state(), envelope, now);
    if (!verified.ok) {
      await this.command.refused(principal, verified.code, envelope);
      throw refusalError(verified);
    }
    const scope = scopeOf(principal);
    const { platform } = verified.value.restriction;
    if (!scope.covers(platform)) throw userError('PLATFORM_FOREIGN', `The platform ${platform} is not yours.`, { status: 403 });
    await this.refuseWhenFull(verified.value, now);
    const view = await this.restrictions.view(verified.value);
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, call, async () => {
      await this.place(tx, scope, verified.value, envelope, now);
      return view;
    }));
  }

  /** From now for as long as the setting says, an hour at most, in the caller's transaction: by the first of those who may that can. Answers when it ends. */
  async posture(tx: Tx, { by, area, reason }: Posture): Promise<number> {
    const now = Math.trunc(this.clock.now());
    const state = this.trust.state();
    let refusal: Error | undefined;
    for (const platform of by) {
      const signer = this.dispatcherOf(platform);
      if (signer === undefined) continue;
      const restriction: RestrictionPayload = {
        restrictionId: restrictionIdSchema.parse(this.clock.uuid()), platform, area, kind: 'posture', classes: POSTURE_CLASSES, approvals: null, reason,
        notBefore: now, notAfter: now + this.config.postureMs, issuedAt: now,
      };
      const envelope = await signEnvelope('restriction', encodePayload(restriction), [signer]);
      const verified = verifyRestriction(state, envelope, now);
      if (verified.ok) {
        await this.place(tx, this.server, verified.value, envelope, now);
        return restriction.notAfter;
      }
      // Nothing leaves that a terminal would refuse.
      refusal ??= refusalError(verified);
    }
    throw refusal ?? userError('SERVER_KEY_MISSING', `Nobody here holds a dispatcher key of ${by.join(', ')}.`, { status: 409 });
  }

  /** Undefined where another server holds the key. */
  private dispatcherOf(platform: PlatformId): Signer | undefined {
    try {
      return this.keys.dispatcherOf(platform);
    } catch {
      return undefined;
    }
  }

  /** So that no terminal has to choose (`withRestriction`). */
  private async refuseWhenFull(placed: VerifiedRestriction, now: number): Promise<void> {
    const standing = (await this.restrictions.notOver(now)).filter(({ verified }) => verified.digest !== placed.digest).map(({ verified }) => restrictionOf(verified));
    if (!hasRoomFor(restrictionOf(placed), standing)) throw userError('RESTRICTIONS_FULL', 'As many restrictions of this kind stand for this area as terminals keep.', { status: 409 });
  }

  private async place(tx: Tx, scope: Scope, { restriction, digest, keyIds }: VerifiedRestriction, envelope: Envelope, now: number): Promise<void> {
    const recorded = await this.store.insert(scope, tx, { restriction, digest, envelope }, now);
    if (recorded === 'taken') throw userError('RESTRICTION_ID_TAKEN', 'Another restriction of this platform has this id; sign a new one.', { status: 409 });
    if (recorded === 'known') return;
    const { restrictionId, platform, area, kind, classes, approvals, notBefore, notAfter, reason } = restriction;
    await this.leaves.insert(tx, {
      platform, kind: 'restriction.placed', subject: restrictionId, facts: { restriction: digest, area, kind, classes, approvals, notBefore, notAfter }, details: { reason },
    });
    await this.events.record(tx, lineageOf(this.trust.state(), platform).map((above) => ({
      platform: above, terminal: null, at: now, kind: 'area-restricted', code: null, subject: digest, keyIds,
    })));
    const placed: RestrictionPlaced = { restriction: envelope };
    await this.outbox.put(tx, RESTRICTION_PLACED, { ...placed });
  }
}
