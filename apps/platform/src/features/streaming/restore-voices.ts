import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { verifyLiveRecord, type BlockBefore, type LiveRecord } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Log } from '../../kernel/log';
import { CLOCK, CONFIG, LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { MessageAccess } from '../messages';
import { BeginVoice } from './begin-voice';
import { EndVoice } from './end-voice';
import { GatewayFeed } from './gateway-feed';
import { LIVE_STORE, type LiveSession, type LiveStore } from './live.store';
import { Voice } from './voice';
import { readRecord, VoiceRecord } from './voice-record';
import { Voices } from './voices';

const NAMED_BY_CHARS = 32;

/**
 * After a restart: a voice that ran has lost its source and may have it back, as after any broken connection; its record is
 * gone through, and a block that the crash cut is taken away. What cannot go on is ended with what is true of it.
 */
@Injectable()
export class RestoreVoices implements OnApplicationBootstrap {
  private readonly scope = serverScope('takes up living voices');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(LIVE_STORE) private readonly store: LiveStore,
    private readonly trust: Trust,
    private readonly messages: MessageAccess,
    private readonly beginVoice: BeginVoice,
    private readonly endVoice: EndVoice,
    private readonly voices: Voices,
    private readonly feed: GatewayFeed,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.trust.isReady()) return;
    for (const session of await this.store.unended(this.scope)) {
      await this.restore(session).catch((cause: unknown) => this.log.error('streaming.restore-failed', { stream: session.stream }, cause));
    }
  }

  private async restore(session: LiveSession): Promise<void> {
    const record = await this.messages.find(this.scope, session.message);
    const facts = record === undefined || session.begun === null ? undefined : await this.beginVoice.factsOf(record, session.begun);
    const bytes = await readRecord(this.config.dataDir, session.stream);
    if (facts === undefined || bytes === undefined) return this.endVoice.found(session, 'LIVE_SHUTDOWN', 0);
    // A record of nothing is none that can be verified.
    const verified = bytes.length === 0 ? undefined : verifyLiveRecord(facts.grant, bytes);
    if (verified?.ok === false && !(verified.code === 'REJ_SHAPE' && verified.block === null)) return this.endVoice.found(session, 'LIVE_SHUTDOWN', 0);
    const said = verified?.ok === true ? verified.value : undefined;
    if (said?.ended === true) return this.endVoice.found(session, 'LIVE_SAID', said.lastSeq);
    if (facts.endsAt <= this.clock.now()) return this.endVoice.found(session, 'LIVE_OVER', said?.lastSeq ?? 0);
    const file = await VoiceRecord.open(this.config.dataDir, session.stream, said === undefined ? 0 : bytes.length - said.cutBytes);
    this.voices.add(new Voice(facts, file, said === undefined ? null : lastOf(said), this.clock.monotonicMs()));
    this.feed.begin(session.stream, facts.grant.live.delayMs, facts.endsAt);
  }
}

function lastOf({ lastSeq, capturedUntil, digests }: LiveRecord): BlockBefore {
  return { seq: lastSeq, endsAt: capturedUntil, previousOfNext: (digests.at(-1) ?? '').slice(0, NAMED_BY_CHARS) };
}
