import { Inject, Injectable } from '@nestjs/common';
import { BLOCKS_REFUSED } from '#libs/domain';
import { parseLiveBlock } from '#libs/envelope';
import { judgeBlock, refuse } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import { CLOCK, LOG } from '../../kernel/tokens';
import { SecurityEvents } from '../audit';
import { EndVoice } from './end-voice';
import { GatewayFeed } from './gateway-feed';
import type { Voice, VoiceSource } from './voice';

/**
 * Takes a block by the rule by which loudspeakers take it: then it is on its way to them and on record. What is refused is
 * answered and counted; a flood of it ends the connection that brings it, never the voice. A record that cannot be written silences nobody: the block sounds, and
 * its source is not told that it was taken.
 */
@Injectable()
export class TakeBlock {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    private readonly feed: GatewayFeed,
    private readonly endVoice: EndVoice,
    private readonly events: SecurityEvents,
  ) {}

  /** `taken`: called with the block's number once it is on record. */
  async run(voice: Voice, source: VoiceSource, bytes: Uint8Array, taken: (seq: number) => void): Promise<void> {
    if (voice.ended !== undefined) return;
    const { stream } = voice.facts;
    const judged = voice.isSaid ? refuse('REJ_STREAM') : judgeBlock(voice.facts.grant, voice.before, bytes, this.clock.now());
    if (!judged.ok) {
      source.send({ kind: 'refused-block', seq: parseLiveBlock(bytes)?.block.seq ?? null, code: judged.code });
      if (voice.countRefused(source, this.clock.monotonicMs())) await this.refuseAll(voice, source, judged.code);
      return;
    }
    const { block, before } = judged.value;
    voice.before = before;
    voice.isSaid = block.end;
    voice.prove(source, this.clock.monotonicMs());
    this.feed.send(stream, bytes);
    for (const hearer of voice.hearers) hearer.hear(block);
    const written = voice.record.append(bytes).then(() => taken(block.seq), (cause: unknown) => this.log.error('streaming.record-failed', { stream, seq: block.seq }, cause));
    if (!block.end) return;
    await written;
    await this.endVoice.run(voice, 'LIVE_SAID');
  }

  private async refuseAll(voice: Voice, source: VoiceSource, code: string): Promise<void> {
    const { platform, digest, grant } = voice.facts;
    voice.leave(source);
    source.end('LIVE_BLOCKS_REFUSED');
    if (!voice.mayReport(this.clock.monotonicMs())) return;
    await this.events.recordAlone({ platform, terminal: null, at: Math.trunc(this.clock.now()), kind: BLOCKS_REFUSED, code, subject: digest, keyIds: [grant.live.sessionKey.keyId] });
  }
}
