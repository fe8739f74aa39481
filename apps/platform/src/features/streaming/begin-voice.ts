import { Inject, Injectable } from '@nestjs/common';
import type { LiveBody, LiveEnd, Message, MessageId } from '#libs/contracts';
import { isHeld } from '#libs/domain';
import { liveEndsAt, liveGrantOf, tierOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Transactions } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { CLOCK, CONFIG, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, serverScope, type Principal } from '../access';
import { Trust } from '../authority';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { isMessageId, MessageAccess, messageIn, type MessageRecord } from '../messages';
import { GatewayFeed } from './gateway-feed';
import { LeaseVoices } from './lease-voices';
import { LIVE_STORE, type LiveSession, type LiveStore } from './live.store';
import { streamOf } from './turns';
import { Voice, type VoiceFacts, type VoiceSource } from './voice';
import { VoiceRecord } from './voice-record';
import { Voices } from './voices';
import { WhoSpeaks } from './who-speaks';

export interface MayNotSpeak {
  readonly code: LiveEnd;
}
type Begun = NonNullable<LiveSession['begun']>;

/**
 * Gives an author the floor under a dispatched grant of his own, or lets him in again after his connection broke. Whoever
 * is refused hears why: LIVE_UNKNOWN, LIVE_NOT_YOURS, LIVE_NOT_DISPATCHED, LIVE_STOPPED, LIVE_OVER.
 */
@Injectable()
export class BeginVoice {
  private readonly scope = serverScope('keeps living voices');
  /** One after the other: two connections of one author must not both begin his voice. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(LIVE_STORE) private readonly store: LiveStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly messages: MessageAccess,
    private readonly trust: Trust,
    private readonly who: WhoSpeaks,
    private readonly voices: Voices,
    private readonly feed: GatewayFeed,
    private readonly leases: LeaseVoices,
    private readonly leaves: Leaves,
  ) {}

  run(principal: Principal, id: string, source: VoiceSource): Promise<Voice | MayNotSpeak> {
    return this.inTurn(() => this.speak(principal, id, source));
  }

  /** The same for a source that the server holds: it has the floor under a grant that says so, with nobody's account behind it. */
  runHeld(record: MessageRecord, source: VoiceSource): Promise<Voice | MayNotSpeak> {
    return this.inTurn(() => this.take(record, source));
  }

  /** What a voice is, from the signed bytes of its grant; undefined where they are none. */
  async factsOf(record: MessageRecord, { startAt, at }: Begun): Promise<VoiceFacts | undefined> {
    const message = messageIn(record);
    const live = message === undefined ? undefined : liveOf(message);
    if (message === undefined || live === undefined) return undefined;
    const grant = liveGrantOf(record.digest, live, { startAt });
    return {
      stream: streamOf(record.digest), message: record.id, digest: record.digest, platform: record.platform, author: message.author,
      holder: await this.who.title(record.platform, message.author), title: message.texts[0]?.title ?? '',
      rank: { mode: message.mode, class: message.class, severity: message.severity, tier: tierOf(this.trust.state(), record.platform) ?? 'village' },
      terminals: new Set(await this.messages.targetsOf(this.scope, record)), grant, startedAt: at, endsAt: liveEndsAt(grant),
    };
  }

  private async speak(principal: Principal, id: string, source: VoiceSource): Promise<Voice | MayNotSpeak> {
    const record = isMessageId(id) ? await this.messages.find(scopeOf(principal), id) : undefined;
    const message = record === undefined ? undefined : messageIn(record);
    if (record === undefined || message === undefined || liveOf(message) === undefined) return { code: 'LIVE_UNKNOWN' };
    if (record.platform !== principal.platform || message.author !== principal.person) return { code: 'LIVE_NOT_YOURS' };
    // The server speaks by itself: nobody takes its place.
    if (isHeld(message.body)) return { code: 'LIVE_NOT_YOURS' };
    return this.take(record, source);
  }

  private inTurn(begin: () => Promise<Voice | MayNotSpeak>): Promise<Voice | MayNotSpeak> {
    const next = this.last.then(begin);
    this.last = next.catch(() => undefined);
    return next;
  }

  private async take(record: MessageRecord, source: VoiceSource): Promise<Voice | MayNotSpeak> {
    const running = this.voices.of(streamOf(record.digest));
    if (running !== undefined) {
      running.admit(source);
      return running;
    }
    const may = await this.mayBegin(record);
    return typeof may === 'string' ? { code: may } : this.begin(record, may, source);
  }

  private async mayBegin(record: MessageRecord): Promise<Begun | LiveEnd> {
    if (record.state === 'stopped' || record.state === 'withdrawn') return 'LIVE_STOPPED';
    if (record.state === 'completed' || record.state === 'expired') return 'LIVE_OVER';
    const [dispatch] = await this.dispatchesOf(record.id);
    if (record.state !== 'dispatched' || dispatch === undefined) return 'LIVE_NOT_DISPATCHED';
    const now = Math.trunc(this.clock.now());
    const session = await this.store.find(this.scope, streamOf(record.digest));
    if (session === undefined || session.begun !== null || session.ended !== null || session.claimedUntil <= now || session.endsAt <= now) return session?.ended?.code ?? 'LIVE_OVER';
    return { dispatch: dispatch.id, startAt: dispatch.startAt, at: now };
  }

  /** The first is the voice's: the others bring it to loudspeakers that came later. */
  private async dispatchesOf(id: MessageId): ReturnType<DispatchStore['dispatchesOf']> {
    return [...await this.dispatches.dispatchesOf(this.scope, [id])].sort((a, b) => a.issuedAt - b.issuedAt);
  }

  private async begin(record: MessageRecord, begun: Begun, source: VoiceSource): Promise<Voice | MayNotSpeak> {
    const facts = await this.factsOf(record, begun);
    if (facts === undefined) return { code: 'LIVE_UNKNOWN' };
    const { stream, grant, endsAt } = facts;
    const file = await VoiceRecord.open(this.config.dataDir, stream);
    const isBegun = await this.transactions.run(async (tx) => {
      if (!(await this.store.begin(this.scope, tx, stream, begun, endsAt))) return false;
      await this.leaves.insert(tx, {
        platform: record.platform, kind: 'live.began', subject: record.id, facts: { stream, messageDigest: record.digest, dispatchId: begun.dispatch, author: facts.author, sessionKey: grant.live.sessionKey.keyId, ...(grant.live.held === undefined ? {} : { held: grant.live.held }) },
      });
      return true;
    });
    if (!isBegun) {
      await file.close();
      return { code: 'LIVE_OVER' };
    }
    const voice = new Voice(facts, file, null, this.clock.monotonicMs());
    voice.admit(source);
    this.voices.add(voice);
    this.feed.begin(stream, grant.live.delayMs, endsAt);
    // Loudspeakers give up five seconds after the start without one.
    void this.leases.run().catch((cause: unknown) => this.log.warn('streaming.lease-failed', { stream }, cause));
    return voice;
  }
}

function liveOf({ body }: Message): LiveBody | undefined {
  return 'live' in body ? body.live : undefined;
}
