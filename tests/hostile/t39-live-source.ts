import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LIMITS, SOURCE_AWAY_MS, streamIdSchema, type LiveBody, type Message } from '#libs/contracts';
import { liveGrantOf, verifyLiveRecord } from '#libs/trust';
import { TendVoices } from '../../apps/platform/src/features/streaming/tend-voices';
import { Voices } from '../../apps/platform/src/features/streaming/voices';
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
  const recordedOf = ({ made, ready }: Pick<Awaited<ReturnType<typeof speaking>>, 'made' | 'ready'>) =>
    verifyLiveRecord(liveGrantOf(made.digest, liveOf(made.message), { startAt: ready.startAt }), recordOf(ready.stream));
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

    it('with the speaker\'s stolen session says nothing and takes nothing: the key lies on the speaker\'s device', async () => {
      const said = await speaking();
      for (let n = 0; n < 3; n += 1) {
        const thief = await connected();
        expect((await thief.speak(said.token, said.made.id)).nextSeq).toBe(said.voice.seq + 1);
        const own = sessionKey();
        for (let m = 0; m < 22; m += 1) {
          thief.block(forged(said.ready.stream, own, said.voice));
          if (m % 7 === 0) await says(said, 1);
        }
        expect(await thief.ended()).toBe('LIVE_BLOCKS_REFUSED');
        expect(thief.all('refused-block').map(({ code }) => code)).toEqual(Array<string>(21).fill('REJ_SIGNATURE'));
      }
      await says(said, 2);
      expect([said.source.last('ended'), said.source.all('refused-block')]).toEqual([undefined, []]);
      expect(recordedOf(said)).toMatchObject({ ok: true, value: { lastSeq: said.voice.seq, gaps: [] } });
    });

    it('gives the place back to the speaker with his first block, whoever came in while his connection was broken', async () => {
      const said = await speaking();
      said.source.cut();
      await until(() => server.app.get(Voices).of(streamIdSchema.parse(said.ready.stream))?.source === undefined);
      const thief = await connected();
      await thief.speak(said.token, said.made.id);
      const again = await connected();
      expect((await again.speak(said.token, said.made.id)).nextSeq).toBe(3);
      expect(thief.last('ended')).toBeUndefined();
      await says({ ...said, source: again }, 2);
      expect(await thief.ended()).toBe('LIVE_REPLACED');
      expect(recordedOf(said)).toMatchObject({ ok: true, value: { lastSeq: 4, gaps: [] } });
    });

    it('keeps no voice alive that its speaker has left, however often he comes and asks the time', async () => {
      const said = await speaking();
      said.source.cut();
      let thief = said.source;
      for (const ms of [SOURCE_AWAY_MS / 2, SOURCE_AWAY_MS / 2 + 1]) {
        thief = await connected();
        await thief.speak(said.token, said.made.id);
        server.clock.advance(ms);
        thief.text({ kind: 'time', t1: ms });
        await until(() => thief.last('time') !== undefined);
      }
      await server.app.get(TendVoices).run();
      expect(await thief.ended()).toBe('LIVE_AWAY');
    });

    it('adds nothing behind the end, however close behind it', async () => {
      const said = await speaking();
      said.source.block(said.voice.end());
      for (let n = 0; n < 5; n += 1) said.source.block(said.voice.next(packets));
      expect(await said.source.ended()).toBe('LIVE_SAID');
      const judged = verifyLiveRecord(liveGrantOf(said.made.digest, liveOf(said.made.message), { startAt: said.ready.startAt }), recordOf(said.ready.stream));
      expect(judged).toMatchObject({ ok: true, value: { lastSeq: 3, ended: true } });
      await until(async () => (await attacked.db.asOwner<{ ended: string | null }>(`SELECT ended FROM live_session WHERE stream = '${said.ready.stream}'`))[0]?.ended === 'LIVE_SAID');
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
