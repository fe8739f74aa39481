import { Inject, Injectable } from '@nestjs/common';
import type { Message, TerminalId } from '#libs/contracts';
import { approvalsAsked } from '#libs/domain';
import { tierOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import { CLOCK } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import { Followers } from './followers';

/** What restrictions do to a message where it is aimed at. */
export interface Narrowing {
  /** Approvals needed wherever it is not silent, at least; 0 when no restriction asks for any. */
  readonly approvals: number;
  /** Terminals where it keeps silent however many sign. */
  readonly silent: ReadonlySet<TerminalId>;
}

const NOTHING: Narrowing = { approvals: 0, silent: new Set() };

/** Foretells what the terminals' own rule says of a message that begins now or when its window opens. A prediction: they decide. */
@Injectable()
export class Narrowed {
  private readonly everywhere = serverScope('looks what restrictions ask');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly followers: Followers,
  ) {}

  async of(message: Message): Promise<Narrowing> {
    const state = this.trust.state();
    const tier = tierOf(state, message.platform);
    const now = Math.trunc(this.clock.now());
    const restrictions = await this.followers.restrictions(now);
    if (tier === undefined || restrictions.length === 0) return NOTHING;
    const areas = state.charters.get(message.platform)?.value.areas ?? [];
    const { terminals } = await this.terminals.targeted(this.everywhere, message.targets, areas.map(({ id }) => id));
    const asked = terminals.map(({ id }) => ({
      id,
      asks: approvalsAsked({ class: message.class, tier, isCorrection: message.corrects !== null }, restrictions, this.terminals.areasOf(id).map((area) => ({ id: area, parent: null })), Math.max(now, message.notBefore)),
    }));
    return {
      approvals: asked.reduce((most, { asks }) => (asks === 'silent' ? most : Math.max(most, asks)), 0),
      silent: new Set(asked.filter(({ asks }) => asks === 'silent').map(({ id }) => id)),
    };
  }
}
