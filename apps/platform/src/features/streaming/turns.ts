import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LIMITS, streamIdSchema, type Message, type MessageId, type MessageState, type StreamId, type TerminalId, type Tier } from '#libs/contracts';
import { compareRank } from '#libs/domain';
import { tierOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { CLOCK, CONFIG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { LiveTurns, MessageAccess, messageIn, type LiveGrantAsked, type LiveTurn, type TurnTaken } from '../messages';
import { Terminals } from '../terminals';
import { LIVE_STORE, type LiveSession, type LiveStore } from './live.store';
import { WhoSpeaks } from './who-speaks';

/** A turn that nobody takes up lapses so long after the opening. */
export const CLAIM_MS = 20_000;
/** Of a message whose voice will not be heard, whatever its turn says. */
const OVER: ReadonlySet<MessageState> = new Set(['stopped', 'withdrawn', 'expired']);
/** Of the message's digest, as hex: the first 16 bytes. */
const STREAM_CHARS = 32;

export function streamOf(digest: string): StreamId {
  return streamIdSchema.parse(digest.slice(0, STREAM_CHARS));
}

/**
 * One voice at a time for the same loudspeakers and tier: two people of one office do not talk into each other. What ranks
 * strictly higher there is not kept waiting: it cuts the other off at the loudspeaker, as every message does.
 * All is read within the transaction that asks: those that wait for their turn hold a connection each, and would wait for one more.
 */
@Injectable()
export class Turns implements LiveTurn, OnModuleInit {
  private readonly everywhere = serverScope('keeps the turns to speak');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LIVE_STORE) private readonly store: LiveStore,
    private readonly turns: LiveTurns,
    private readonly messages: MessageAccess,
    private readonly terminals: Terminals,
    private readonly trust: Trust,
    private readonly who: WhoSpeaks,
  ) {}

  onModuleInit(): void {
    this.turns.keptBy(this);
  }

  async free(tx: Tx, _scope: Scope, { id, verified: { message, digest, charter } }: LiveGrantAsked): Promise<TurnTaken | undefined> {
    if (!('live' in message.body)) return undefined;
    const { live } = message.body;
    await this.store.lockTurns(this.everywhere, tx);
    const now = Math.trunc(this.clock.now());
    const stream = streamOf(digest);
    const held = (await this.store.held(this.everywhere, tx, now)).filter((other) => other.stream !== stream);
    const taken = await this.inTheWay(tx, held, message, charter.tier) ?? (held.length >= LIMITS.leases ? held[0] : undefined);
    if (taken !== undefined) return { holder: await this.who.title(taken.platform, taken.author, tx), until: taken.endsAt };
    const opensAt = Math.max(now + this.config.startLeadMs, message.notBefore) + (live.chime?.durationMs ?? 0);
    await this.store.claim(this.everywhere, tx, {
      stream, message: id, digest, platform: message.platform, author: message.author, areas: message.targets.areas,
      claimedUntil: opensAt + CLAIM_MS, endsAt: opensAt + live.maxDurationMs,
    });
    return undefined;
  }

  async isOver(tx: Tx | undefined, _scope: Scope, id: MessageId): Promise<boolean> {
    const record = await this.messages.find(this.everywhere, id, tx);
    const session = record === undefined ? undefined : await this.store.find(this.everywhere, streamOf(record.digest), tx);
    const now = this.clock.now();
    return session === undefined || session.ended !== null || session.endsAt <= now || (session.begun === null && session.claimedUntil <= now);
  }

  private async inTheWay(tx: Tx, held: readonly LiveSession[], message: Message, tier: Tier): Promise<LiveSession | undefined> {
    const near = held.filter(({ platform }) => tierOf(this.trust.state(), platform) === tier);
    const own = near.length === 0 ? new Set<TerminalId>() : await this.terminalsOf(message);
    for (const session of near) {
      const record = await this.messages.find(this.everywhere, session.message, tx);
      const other = record === undefined ? undefined : messageIn(record);
      // By what is over, or what nobody can read any more, nobody is kept waiting.
      if (record === undefined || other === undefined || OVER.has(record.state) || outranks(message, other, tier)) continue;
      if ([...await this.terminalsOf(other)].some((terminal) => own.has(terminal))) return session;
    }
    return undefined;
  }

  private async terminalsOf({ platform, targets }: Message): Promise<ReadonlySet<TerminalId>> {
    const areas = this.trust.state().charters.get(platform)?.value.areas.map(({ id }) => id) ?? [];
    return new Set((await this.terminals.targeted(this.everywhere, targets, areas)).terminals.map(({ id }) => id));
  }
}

function outranks(a: Message, b: Message, tier: Tier): boolean {
  return compareRank({ ...a, tier }, { ...b, tier }) > 0;
}
