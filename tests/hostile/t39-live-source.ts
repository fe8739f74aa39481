import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LIMITS, type LiveBody, type Message } from '#libs/contracts';
import { liveGrantOf, verifyLiveRecord } from '#libs/trust';
import { TendVoices } from '../../apps/platform/src/features/streaming/tend-voices';
import { BlockSpeaker, LiveSourceClient } from '../support/live-source-client';
import { sessionKey, type SessionKey } from '../support/live-speaker';
import { spokenPackets } from '../support/live-voice';
import { until } from '../support/until';
import { many, threat, type Attacked } from './attacker';

/** Connections that the door holds at once. */
const MOST_SOURCES = 200;
const GUESTS = 250;

export function t39(attacked: Attacked): void {
  const { flow, server } = attacked;
  const sources: LiveSourceClient[] = [];
  const packets = spokenPackets(5);

  async function connected(): Promise<LiveSourceClient> {
    const source = await LiveSourceClient.connect(server.base);
    sources.push(source);
    return source;
  }

  /** Somebody who speaks by right; his first two blocks were taken. */
  async function speaking(platform: 't1' | 't2' = 't1') {
    const key = sessionKey();
    const made = await flow.signed(platform, {
      class: 'governance', severity: 'none', eventType: 'village-affairs', title: '防汛喊话', text: '现场喊话。', segments: undefined, repeats: undefined,
      live: { sessionKey: key.record, maxDurationMs: 60_000, opening: false },
    });
    const answer = await (await flow.as(`${platform}-author`)).post('/api/messages', { message: made.envelope, corrections: [] });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    expect((await flow.approve(platform, made, 'approver-a')).status).toBe(201);
    const source = await connected();
    const token = await attacked.token(`${platform}-author`);
    const ready = await source.speak(token, made.id);
    const voice = new BlockSpeaker(ready.stream, key, ready.startAt);
    const said = { made, key, source, token, ready, voice };
    await says(said, 2);
    return said;
  }
  async function says({ source, voice }: { readonly source: LiveSourceClient; readonly voice: BlockSpeaker }, blocks: number): Promise<void> {
    for (let n = 0; n < blocks; n += 1) source.block(voice.next(packets));
    await source.taken(voice.seq);
  }
  const recordOf = (stream: string): Buffer => readFileSync(path.join(server.dataDir, 'live', `${stream}.clr`));
  /** A block of somebody else's key that names this stream, in time and in turn. */
  const forged = (stream: string, key: SessionKey, { seq, capturedAt }: BlockSpeaker): Uint8Array => {
    const other = new BlockSpeaker(stream, key, capturedAt);
    other.seq = seq;
    return other.next(packets);
  };

  threat(attacked, 'T39', 'somebody else on the way of a living voice', () => {
    afterEach(async () => {
      for (const source of sources.splice(0)) await source.close();
      server.clock.advance(120_000);
      await server.app.get(TendVoices).run();
    });

    it('takes the floor from nobody, whoever he is: the speaker hears nothing of it and goes on', async () => {
      const said = await speaking();
      for (const [account, code] of [['t1-admin', 'LIVE_AUTH'], ['t1-approver-a', 'LIVE_AUTH'], ['t1-stopper', 'LIVE_AUTH'], ['t2-author', 'LIVE_UNKNOWN'], ['v3-author', 'LIVE_UNKNOWN'], ['d-author', 'LIVE_NOT_YOURS']] as const) {
        const thief = await connected();
        await expect(thief.speak(await attacked.token(account), said.made.id)).rejects.toThrow(code);
      }
      for (const token of [`${said.token}x`, said.token.slice(0, -1), 'x'.repeat(64)]) await expect((await connected()).speak(token, said.made.id)).rejects.toThrow('LIVE_AUTH');
      await says(said, 2);
      expect(said.source.last('ended')).toBeUndefined();
    });

    it('with the speaker\'s stolen session interrupts and says nothing: the key lies on the speaker\'s device', async () => {
      const said = await speaking();
      const thief = await connected();
      expect((await thief.speak(said.token, said.made.id)).nextSeq).toBe(3);
      expect(await said.source.ended()).toBe('LIVE_REPLACED');
      const own = sessionKey();
      for (let n = 0; n < 5; n += 1) thief.block(forged(said.ready.stream, own, said.voice));
      await until(() => thief.all('refused-block').length === 5);
      expect(thief.all('refused-block').map(({ code }) => code)).toEqual(Array<string>(5).fill('REJ_SIGNATURE'));
      const again = await connected();
      expect((await again.speak(said.token, said.made.id)).nextSeq).toBe(3);
      await says({ ...said, source: again }, 2);
      const judged = verifyLiveRecord(liveGrantOf(said.made.digest, liveOf(said.made.message), { startAt: said.ready.startAt }), recordOf(said.ready.stream));
      expect(judged).toMatchObject({ ok: true, value: { lastSeq: 4, gaps: [] } });
    });

    it('adds nothing behind the end, however close behind it', async () => {
      const said = await speaking();
      said.source.block(said.voice.end());
      for (let n = 0; n < 5; n += 1) said.source.block(said.voice.next(packets));
      expect(await said.source.ended()).toBe('LIVE_SAID');
      const judged = verifyLiveRecord(liveGrantOf(said.made.digest, liveOf(said.made.message), { startAt: said.ready.startAt }), recordOf(said.ready.stream));
      expect(judged).toMatchObject({ ok: true, value: { lastSeq: 3, ended: true } });
      await expect((await connected()).speak(said.token, said.made.id)).rejects.toThrow('LIVE_SAID');
    });

    it('ends his own connection with a frame that is larger than any block, and only that', async () => {
      const said = await speaking();
      for (const bytes of [new Uint8Array(LIMITS.liveBlockBytes + 1), new Uint8Array(4_000_000)]) {
        const large = await connected();
        large.block(bytes);
        await until(() => large.isClosed);
      }
      await says(said, 1);
      said.source.block(new Uint8Array(LIMITS.liveBlockBytes + 1));
      await until(() => said.source.isClosed);
      const again = await connected();
      expect((await again.speak(said.token, said.made.id)).nextSeq).toBe(4);
      await says({ ...said, source: again }, 1);
    });

    it('keeps nobody out by holding every place at the door, and takes no place of one who speaks', async () => {
      const said = await speaking('t2');
      sources.push(...await many(GUESTS, 50, () => LiveSourceClient.connect(server.base)));
      const other = await speaking('t1');
      await says(other, 1);
      await says(said, 1);
      expect(sources.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(MOST_SOURCES);
    });
  });
}

function liveOf({ body }: Message): LiveBody {
  if (!('live' in body)) throw new Error('no voice');
  return body.live;
}
