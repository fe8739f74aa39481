import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, type EnvelopeShape, type RestrictionView, type TerminalId } from '#libs/contracts';
import { restrictionOf, verifyRestriction, type VerifiedRestriction } from '#libs/trust';
import type { Restriction } from '#libs/domain';
import type { Tx } from '../../kernel/database';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import { RESTRICTION_STORE, type RestrictionStore } from './restriction.store';

/** A restriction that has not ended, verified again from its bytes. */
export interface StandingRestriction {
  readonly verified: VerifiedRestriction;
  readonly envelope: EnvelopeShape;
}

/** The restrictions that have not ended, and which terminals they concern. A row that somebody edited counts for nothing, and is said. */
@Injectable()
export class Restrictions {
  private readonly everywhere = serverScope('looks what is restricted');

  constructor(
    @Inject(RESTRICTION_STORE) private readonly store: RestrictionStore,
    @Inject(LOG) private readonly log: Log,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
  ) {}

  async notOver(now: number, scope: Scope = this.everywhere, tx?: Tx): Promise<readonly StandingRestriction[]> {
    return (await this.store.notOver(scope, now, tx)).flatMap((envelope) => {
      const verified = verifyRestriction(this.trust.state(), envelope, now);
      if (verified.ok) return [{ verified: verified.value, envelope: envelopeSchema.parse(envelope) }];
      this.log.error('delivery.restriction-altered', { code: verified.code });
      return [];
    });
  }

  /** As terminals remember them. */
  async remembered(now: number, tx?: Tx): Promise<readonly Restriction[]> {
    return (await this.notOver(now, this.everywhere, tx)).map(({ verified }) => restrictionOf(verified));
  }

  /** It stands in the area by its signed assignment, and the platform that narrows is its own or above it. */
  concerns({ restriction }: VerifiedRestriction, terminal: TerminalId): boolean {
    return this.terminals.areasOf(terminal).includes(restriction.area) && this.terminals.lineageOf(terminal).includes(restriction.platform);
  }

  async terminalsOf({ restriction }: VerifiedRestriction): Promise<readonly TerminalId[]> {
    const { terminals } = await this.terminals.targeted(this.everywhere, { areas: [restriction.area], terminals: [] }, [restriction.area]);
    return terminals.map(({ id }) => id).filter((id) => this.terminals.lineageOf(id).includes(restriction.platform));
  }

  async views(scope: Scope, now: number): Promise<readonly RestrictionView[]> {
    return Promise.all((await this.notOver(now, scope)).map(({ verified }) => this.view(verified)));
  }

  async view(verified: VerifiedRestriction): Promise<RestrictionView> {
    return { ...verified.restriction, terminals: (await this.terminalsOf(verified)).length };
  }
}
