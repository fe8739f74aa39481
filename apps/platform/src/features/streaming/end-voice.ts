import { Inject, Injectable } from '@nestjs/common';
import type { LiveEnd } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { CLOCK, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { serverScope } from '../access';
import { GatewayFeed } from './gateway-feed';
import { LIVE_STORE, type LiveSession, type LiveStore } from './live.store';
import type { Voice } from './voice';
import { Voices } from './voices';

/** Behind the last block, besides the delay from mouth to loudspeaker: for who joins late. */
const LAST_WORDS_MS = 2_000;

/** What is to be written down of an end. */
type Ending = Pick<LiveSession, 'stream' | 'message' | 'platform' | 'lastSeq' | 'refused'> & { readonly code: LiveEnd; readonly at: number };

/** Ends a voice for good: no block of it is taken and no lease given from this moment on, whatever the database says. Its end is written down with a leaf; while that fails, again and again. */
@Injectable()
export class EndVoice {
  private readonly scope = serverScope('ends living voices');
  private unwritten: readonly Ending[] = [];

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(LOG) private readonly log: Log,
    @Inject(LIVE_STORE) private readonly store: LiveStore,
    private readonly voices: Voices,
    private readonly feed: GatewayFeed,
    private readonly leaves: Leaves,
  ) {}

  async run(voice: Voice, code: LiveEnd): Promise<void> {
    if (voice.ended !== undefined) return;
    voice.ended = code;
    this.voices.remove(voice);
    const { facts: { stream, message, platform, grant }, lastSeq, refused } = voice;
    this.feed.end(stream, code === 'LIVE_SAID' ? grant.live.delayMs + LAST_WORDS_MS : 0);
    for (const source of voice.sources) source.end(code);
    for (const hearer of voice.hearers) hearer.over();
    await voice.record.close().catch((cause: unknown) => this.log.error('streaming.record-failed', { stream }, cause));
    await this.write({ stream, message, platform, lastSeq, refused, code, at: Math.trunc(this.clock.now()) });
  }

  /** Of a voice that nobody has in his hands any more. */
  async found({ stream, message, platform }: LiveSession, code: LiveEnd, lastSeq: number): Promise<void> {
    await this.write({ stream, message, platform, lastSeq, refused: 0, code, at: Math.trunc(this.clock.now()) });
  }

  /** What could not be written down when it happened. */
  async again(): Promise<void> {
    const { unwritten } = this;
    this.unwritten = [];
    for (const ending of unwritten) await this.write(ending);
  }

  private async write(ending: Ending): Promise<void> {
    const { stream, message, platform, code, at, lastSeq, refused } = ending;
    await this.transactions.run(async (tx) => {
      if (!(await this.store.end(this.scope, tx, stream, { code, at }, { lastSeq, refused }))) return;
      await this.leaves.insert(tx, { platform, kind: 'live.ended', subject: message, facts: { stream, code, lastSeq, refused } });
    }).catch((cause: unknown) => {
      this.unwritten = [...this.unwritten, ending];
      this.log.warn('streaming.end-unwritten', { stream, code }, cause);
    });
  }
}
