import { Inject, Injectable } from '@nestjs/common';
import { restrictionIdSchema, type AreaId, type PlatformId, type RestrictionPayload, type RestrictionView } from '#libs/contracts';
import { hasRoomFor } from '#libs/domain';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { lineageOf, verifyRestriction, type VerifiedRestriction } from '#libs/trust';
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
const POSTURE_CLASSES: RestrictionPayload['classes'] = ['notice', 'governance', 'daily'];

/** An answer to an attack with a valid key: who signs it, where, and why. */
export interface Posture {
  readonly platform: PlatformId;
  readonly area: AreaId;
  readonly reason: string;
}

/**
 * Takes a restriction that officers signed, or signs a posture for this server's own platform: recorded, told to its
 * terminals, and said at its platform and every one above it, in one transaction. The same one again changes nothing.
 * Refuses with REJ_*, PLATFORM_FOREIGN, RESTRICTIONS_FULL; a posture with SERVER_KEY_MISSING where another server holds the key.
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

  /** From now for as long as the setting says, an hour at most, in the caller's transaction. Answers when it ends. */
  async posture(tx: Tx, { platform, area, reason }: Posture): Promise<number> {
    const now = Math.trunc(this.clock.now());
    const restriction: RestrictionPayload = {
      restrictionId: restrictionIdSchema.parse(this.clock.uuid()), platform, area, kind: 'posture', classes: POSTURE_CLASSES, approvals: null, reason,
      notBefore: now, notAfter: now + this.config.postureMs, issuedAt: now,
    };
    const envelope = await signEnvelope('restriction', encodePayload(restriction), [this.keys.dispatcherOf(platform)]);
    const verified = verifyRestriction(this.trust.state(), envelope, now);
    // Nothing leaves that a terminal would refuse.
    if (!verified.ok) throw refusalError(verified);
    await this.place(tx, this.server, verified.value, envelope, now);
    return restriction.notAfter;
  }

  /** A terminal keeps no more either (`hasRoomFor`). */
  private async refuseWhenFull({ restriction }: VerifiedRestriction, now: number): Promise<void> {
    const standing = (await this.restrictions.remembered(now)).filter(({ restrictionId }) => restrictionId !== restriction.restrictionId);
    if (!hasRoomFor(restriction, standing)) throw userError('RESTRICTIONS_FULL', 'As many restrictions of this kind stand for this area as terminals keep.', { status: 409 });
  }

  private async place(tx: Tx, scope: Scope, { restriction, digest, keyIds }: VerifiedRestriction, envelope: Envelope, now: number): Promise<void> {
    if (!(await this.store.insert(scope, tx, { restriction, digest, envelope }, now))) return;
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
