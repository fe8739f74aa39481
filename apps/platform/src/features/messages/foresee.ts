import { Inject, Injectable } from '@nestjs/common';
import { dispatchIdSchema, type Consequence, type DispatchId, type Message, type TerminalId } from '#libs/contracts';
import { bodyDurationMs, FROM_THE_START, meets, messageDurationMs, openingMs, partsOf, ruleFor, soundsAloud, type Item, type Meeting } from '#libs/domain';
import { policyFactsOf, tierOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import { CLOCK } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import type { LookedUp } from './content-facts';
import { Followers } from './followers';
import { countedByTime, KeptSilent, type Kept } from './kept-silent';
import { LiveTurns } from './live-turns';
import { MESSAGE_STORE, type MessageRecord, type MessageStore } from './message.store';
import { messageIn } from './message-view';
import { Narrowed } from './narrowed';
import type { PlatformDocuments } from './platform-documents';

/** Messages that may still sound: those looked at when a new one is composed. */
const MOST_OPEN = 500;

/** A message that sounds or is due, and where. */
interface Other {
  readonly record: MessageRecord;
  readonly message: Message;
  readonly item: Item;
  readonly terminals: ReadonlySet<TerminalId>;
}

/**
 * What a message would do, before anybody signs: who would hear it, who must sign, how long it sounds, where it is kept
 * silent, and what it meets there, by the same arbiter that decides on the terminals. A prediction, not a promise: what
 * is not approved yet may come otherwise.
 */
@Injectable()
export class Foresee {
  private readonly everywhere = serverScope('foresees what a message meets');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly followers: Followers,
    private readonly keptSilent: KeptSilent,
    private readonly narrowed: Narrowed,
    private readonly turns: LiveTurns,
  ) {}

  async consequence(message: Message, { targeted, facts }: LookedUp, { charter, roster }: PlatformDocuments): Promise<Consequence> {
    const rule = message.permit === undefined ? ruleFor(roster.policy, policyFactsOf(message, charter.tier)) : undefined;
    const steps = rule?.steps ?? [];
    const mayApprove = roster.persons.filter((person) =>
      person.id !== message.author && person.keys.length > 0
      && steps.some((step) => person.roles.includes(step.role) && (step.unit === null || step.unit === person.unit)));
    const now = Math.trunc(this.clock.now());
    const ids = targeted.terminals.map(({ id }) => id);
    const kept = await this.keptSilent.run(message, ids, now);
    const needed = steps.reduce((sum, { count }) => sum + count, 0);
    const narrowing = await this.narrowed.of(message, needed);
    return {
      terminals: targeted.terminals.length,
      online: targeted.online,
      villages: targeted.villages,
      households: targeted.households,
      steps: [...steps],
      verification: rule?.verification ?? 'none',
      mayApprove: mayApprove.map(({ id }) => id),
      durationMs: messageDurationMs(message),
      notBefore: message.notBefore,
      notAfter: message.notAfter,
      meets: [...await this.meets(message, ids.filter((id) => !kept.quiet.has(id) && !kept.isolated.has(id) && !narrowing.silent.has(id)), now)],
      quiet: [...kept.quiet.values()].filter((until) => until === null).length,
      postponed: countedByTime([...kept.quiet.values()].filter((until) => until !== null)),
      cutShort: countedByTime([...kept.cutShort.values()]).map(({ until, terminals }) => ({ from: until, terminals })),
      quieter: quieterOf(message, kept.volume),
      isolated: kept.isolated.size,
      isolatedStill: kept.isolatedStill,
      restricted: narrowing.silent.size,
      restrictedFrom: countedByTime([...narrowing.cutShort.values()]).map(({ until, terminals }) => ({ from: until, terminals })),
      inGrace: message.class === 'emergency' && facts.papers === 'grace',
      approvalsAsked: narrowing.approvals > needed ? narrowing.approvals : 0,
    };
  }

  private async meets(message: Message, terminals: readonly TerminalId[], now: number): Promise<Consequence['meets']> {
    const candidate = this.itemOf(message, dispatchIdSchema.parse(this.clock.uuid()), Math.max(now, message.notBefore), now);
    if (candidate === undefined || terminals.length === 0) return [];
    const others = await this.others(now);
    const replaced = others.filter(({ record }) => record.digest === message.replaces && record.platform === message.platform).map(({ item }) => item.claim.dispatchId);
    // Loudspeakers that have the same others in them go the same way.
    const groups = new Map<string, { readonly here: readonly Other[]; count: number }>();
    for (const terminal of terminals) {
      const here = others.filter((other) => other.terminals.has(terminal));
      const name = here.map(({ record }) => record.id).join(' ');
      const group = groups.get(name) ?? { here, count: 0 };
      group.count += 1;
      groups.set(name, group);
    }
    const met = new Map<string, Consequence['meets'][number]>();
    for (const { here, count } of groups.values()) {
      for (const meeting of meets(candidate, here.map(({ item }) => item), now, replaced)) {
        const other = here.find(({ item }) => item === meeting.other);
        if (other !== undefined) met.set(`${other.record.id} ${meeting.how}`, withMore(met.get(`${other.record.id} ${meeting.how}`), other, meeting, count));
      }
    }
    return [...met.values()];
  }

  /** What is on the air, and what is handed in and may come: each with where it would sound. */
  private async others(now: number): Promise<readonly Other[]> {
    const records = await this.store.list(this.everywhere, { states: ['submitted', 'approved', 'dispatched'], count: MOST_OPEN });
    const onAir = await this.followers.onAir(records.filter(({ state }) => state === 'dispatched').map(({ id }) => id));
    const others = await Promise.all(records.map(async (record): Promise<Other | undefined> => {
      const message = messageIn(record);
      if (message === undefined || record.notAfter <= now) return undefined;
      const air = onAir.get(record.id);
      if (record.state === 'dispatched' && (air === undefined || await this.turns.isOver(this.everywhere, message))) return undefined;
      const item = this.itemOf(message, air?.dispatchId ?? dispatchIdSchema.parse(record.id), air?.startAt ?? Math.max(now, message.notBefore), air?.issuedAt ?? now);
      return item === undefined ? undefined : { record, message, item, terminals: new Set(air?.terminals ?? await this.targets(message)) };
    }));
    return others.filter((other) => other !== undefined);
  }

  private async targets(message: Message): Promise<readonly TerminalId[]> {
    const areas = this.trust.state().charters.get(message.platform)?.value.areas ?? [];
    const { terminals } = await this.terminals.targeted(this.everywhere, message.targets, areas.map(({ id }) => id));
    return terminals.map(({ id }) => id);
  }

  /** As the arbiter takes it; undefined for what takes no loudspeaker. */
  private itemOf(message: Message, dispatchId: DispatchId, startAt: number, issuedAt: number): Item | undefined {
    const tier = tierOf(this.trust.state(), message.platform);
    if (tier === undefined || !soundsAloud(message.mode, message.drill)) return undefined;
    return {
      claim: { mode: message.mode, class: message.class, tier, severity: message.severity, issuedAt, dispatchId },
      startAt, notAfter: message.notAfter, repeats: message.repeats, bodyMs: bodyDurationMs(partsOf(message.body)), gapMs: message.gapMs, openingMs: openingMs(partsOf(message.body)), live: 'live' in message.body,
      maxSoundMs: messageDurationMs(message), whenPreempted: message.whenPreempted, from: FROM_THE_START,
    };
  }
}

function quieterOf({ volume }: Message, at: Kept['volume']): Consequence['quieter'] {
  const bands = [...at.values()].filter((band) => band !== volume);
  return [...new Set(bands)].map((band) => ({ volume: band, terminals: bands.filter((one) => one === band).length }));
}

function withMore(known: Consequence['meets'][number] | undefined, { record, message }: Other, { how }: Meeting, count: number): Consequence['meets'][number] {
  return {
    message: record.id, title: message.texts[0]?.title ?? '', class: message.class, severity: message.severity, how, terminals: (known?.terminals ?? 0) + count,
    signed: record.state !== 'submitted',
  };
}
