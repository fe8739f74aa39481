import { Inject, Injectable } from '@nestjs/common';
import type { Message, TerminalId } from '#libs/contracts';
import { approvalsAsked, restrictedFrom } from '#libs/domain';
import { tierOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
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
  /** Terminals where it begins and later repetitions are left out: when the first of them is due, Unix ms. */
  readonly cutShort: ReadonlyMap<TerminalId, number>;
}

const NOTHING: Narrowing = { approvals: 0, silent: new Set(), cutShort: new Map() };

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

  /** `given`: approvals that its policy asks for. Read within `tx` when given. */
  async of(message: Message, given = 0, tx?: Tx): Promise<Narrowing> {
    const state = this.trust.state();
    const tier = tierOf(state, message.platform);
    const now = Math.trunc(this.clock.now());
    const restrictions = await this.followers.restrictions(now, tx);
    if (tier === undefined || restrictions.length === 0) return NOTHING;
    const areas = state.charters.get(message.platform)?.value.areas ?? [];
    const { terminals } = await this.terminals.targeted(this.everywhere, message.targets, areas.map(({ id }) => id));
    const begins = Math.max(now, message.notBefore);
    const restrictable = { class: message.class, tier, isCorrection: message.corrects !== null };
    const asked = terminals.map(({ id }) => {
      const chain = this.terminals.areasOf(id).map((area) => ({ id: area, parent: null }));
      const asks = approvalsAsked(restrictable, restrictions, chain, begins);
      const from = asks === 'silent' ? undefined : restrictedFrom({ ...message, ...restrictable, approvals: Math.max(given, asks) }, restrictions, chain, begins);
      return { id, asks, from };
    });
    return {
      approvals: asked.reduce((most, { asks }) => (asks === 'silent' ? most : Math.max(most, asks)), 0),
      silent: new Set(asked.filter(({ asks }) => asks === 'silent').map(({ id }) => id)),
      cutShort: new Map(asked.flatMap(({ id, from }) => (from === undefined ? [] : [[id, from]]))),
    };
  }
}
