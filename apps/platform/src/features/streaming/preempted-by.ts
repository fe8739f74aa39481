import { Inject, Injectable } from '@nestjs/common';
import { LIMITS, plainText, type LiveServerFrame, type MessageId, type TerminalId } from '#libs/contracts';
import { compareRank, messageDurationMs, type Rank } from '#libs/domain';
import { tierOf } from '#libs/trust';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { DELIVERY_STORE, type DeliveryStore } from '../delivery';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { MessageAccess, messageIn } from '../messages';
import type { Voice } from './voice';

type Preempted = Extract<LiveServerFrame, { kind: 'preempted' }>;

/** Something that sounds, and where. */
interface Sounding {
  readonly rank: Rank;
  readonly title: string;
  readonly holder: string;
  readonly until: number;
  readonly terminals: readonly TerminalId[];
}

const titleSchema = plainText(LIMITS.titleChars);
const holderSchema = plainText(80);

/** Tells a speaker who has his loudspeakers instead of him: what ranks higher there and has proved that it sounds. Only when it changed. */
@Injectable()
export class PreemptedBy {
  private readonly scope = serverScope('tells speakers what is above them');

  constructor(
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly messages: MessageAccess,
    private readonly trust: Trust,
  ) {}

  async tell(voices: readonly Voice[]): Promise<void> {
    const speaking = voices.filter(({ source }) => source !== undefined);
    if (speaking.length === 0) return;
    const sounding = await this.sounding(new Set(speaking.map(({ facts }) => facts.message)));
    for (const voice of speaking) {
      const by = aboveOf(voice, sounding);
      const as = JSON.stringify(by);
      if (as === voice.preemptedAs) continue;
      voice.preemptedAs = as;
      voice.source?.send({ kind: 'preempted', by });
    }
  }

  private async sounding(except: ReadonlySet<MessageId>): Promise<readonly Sounding[]> {
    const heard = new Map<MessageId, TerminalId[]>();
    for (const { terminal, message, state } of await this.deliveries.sounding(this.scope)) {
      if (state === 'audible' && !except.has(message)) heard.set(message, [...heard.get(message) ?? [], terminal]);
    }
    if (heard.size === 0) return [];
    const dispatched = await this.dispatches.dispatchesOf(this.scope, [...heard.keys()]);
    return (await Promise.all([...heard].map(async ([id, terminals]): Promise<readonly Sounding[]> => {
      const record = await this.messages.find(this.scope, id);
      const message = record === undefined ? undefined : messageIn(record);
      const tier = record === undefined ? undefined : tierOf(this.trust.state(), record.platform);
      if (message === undefined || tier === undefined) return [];
      const startAt = Math.max(0, ...dispatched.filter((one) => one.message === id).map((one) => one.startAt));
      return [{
        rank: { mode: message.mode, class: message.class, severity: message.severity, tier }, title: titleSchema.catch('').parse(message.texts[0]?.title ?? ''),
        holder: holderSchema.catch('').parse(message.sourceUnit ?? this.trust.state().charters.get(message.platform)?.value.name ?? message.platform), until: startAt + messageDurationMs(message), terminals,
      }];
    }))).flat();
  }
}

function aboveOf({ facts }: Voice, sounding: readonly Sounding[]): Preempted['by'] {
  const above = sounding.flatMap((one) => {
    const lost = one.terminals.filter((terminal) => facts.terminals.has(terminal));
    return lost.length > 0 && compareRank(one.rank, facts.rank) > 0 ? [{ ...one, lost }] : [];
  });
  const [longest] = [...above].sort((a, b) => b.until - a.until);
  if (longest === undefined) return null;
  return { title: longest.title, holder: longest.holder, until: longest.until, terminals: new Set(above.flatMap(({ lost }) => lost)).size };
}
