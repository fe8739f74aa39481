import { Inject, Injectable } from '@nestjs/common';
import type { AreaId, OnAir, TerminalId } from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import type { Clock } from '../../kernel/clock';
import type { Scope } from '../../kernel/scope';
import { CLOCK } from '../../kernel/tokens';
import { Areas } from '../areas';
import { Trust } from '../authority';
import { DELIVERY_STORE, type DeliveryStore } from '../delivery';
import { DrillPlans, Followers, LateSignatures, MessageAccess, messageIn, NOT_ON_AIR, type MessageRecord } from '../messages';
import { Terminals } from '../terminals';

/** Open messages are all shown; of those that are over, the newest. */
const MOST_OPEN = 200;
const RECENT = 20;

/** How far ahead drills are shown, and from when on nobody may overlook them. */
const DRILLS_AHEAD_MS = 7 * 86_400_000;
const DRILL_SOON_MS = 10 * 60_000;

/** What sounds where, now, as far as signed receipts say: for one scope. */
@Injectable()
export class ReadOnAir {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    private readonly messages: MessageAccess,
    private readonly followers: Followers,
    private readonly terminals: Terminals,
    private readonly areas: Areas,
    private readonly trust: Trust,
    private readonly drills: DrillPlans,
    private readonly late: LateSignatures,
  ) {}

  async run(scope: Scope): Promise<OnAir> {
    const [open, recent, sounding, tree] = await Promise.all([
      this.messages.list(scope, { states: ['submitted', 'approved', 'dispatched'], count: MOST_OPEN }),
      this.messages.list(scope, { count: RECENT }), this.deliveries.sounding(scope), this.areas.tree(scope),
    ]);
    const records = [...new Map([...open, ...recent].map((record) => [record.id, record])).values()].sort((a, b) => b.submittedAt - a.submittedAt);
    const online = this.terminals.onlineIds(scope);
    const all = this.terminals.ofPlatforms(scope, this.trust.platforms());
    const heard = new Set(sounding.map(({ terminal }) => terminal));
    return {
      at: Math.trunc(this.clock.now()),
      terminals: { total: all.length, online: all.filter((id) => online.has(id)).length, sounding: heard.size },
      messages: await this.rows(scope, records),
      areas: this.counts(tree.map(({ id }) => id), all, online, heard),
      drills: await this.drillRows(scope),
      lateSignatures: await this.late.counts(scope),
    };
  }

  private async drillRows(scope: Scope): Promise<OnAir['drills']> {
    const now = Math.trunc(this.clock.now());
    const drills = await this.drills.concerning(scope, now, now + DRILLS_AHEAD_MS);
    return drills.map(({ id, platform, name, kind, areas, opensAt, closesAt }) => ({
      id, platform, name, kind, areas, opensAt, closesAt, phase: opensAt <= now ? 'running' : opensAt - now <= DRILL_SOON_MS ? 'soon' : 'planned',
    }));
  }

  private async rows(scope: Scope, records: readonly MessageRecord[]): Promise<OnAir['messages']> {
    const air = await this.followers.air(scope, records.map(({ id }) => id));
    return records.flatMap((record) => {
      const message = messageIn(record);
      if (message === undefined) return [];
      const { dispatches, tally } = air.get(record.id) ?? NOT_ON_AIR;
      const startAt = dispatches.at(-1)?.startAt ?? null;
      return [{
        id: record.id, messageDigest: record.digest, platform: record.platform, class: message.class, severity: message.severity, mode: message.mode,
        title: message.texts[0]?.title ?? '', state: record.state, tally, live: 'live' in message.body, startAt,
        endsAt: startAt === null ? null : startAt + messageDurationMs(message), areas: message.targets.areas,
      }];
    });
  }

  /** One pass over the terminals: each counts in every area that it stands in. */
  private counts(areas: readonly AreaId[], all: readonly TerminalId[], online: ReadonlySet<TerminalId>, heard: ReadonlySet<TerminalId>): OnAir['areas'] {
    const rows = new Map(areas.map((id) => [id, { id, total: 0, online: 0, sounding: 0 }]));
    for (const terminal of all) {
      for (const area of this.terminals.areasOf(terminal)) {
        const row = rows.get(area);
        if (row === undefined) continue;
        row.total += 1;
        row.online += online.has(terminal) ? 1 : 0;
        row.sounding += heard.has(terminal) ? 1 : 0;
      }
    }
    return [...rows.values()];
  }
}
