import type { DrillKind } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { judgeOrder } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { readPayload, useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

/** A drill of this kind, approved as its rule wants. */
async function drill(kind: DrillKind): Promise<Submitted> {
  const now = server.clock.now();
  const { body: plan } = await (await flow.as('t1-author')).post('/api/drills', { name: '防汛演练', kind, areas: ['t1-area'], opensAt: now, closesAt: now + 7_200_000, notice: '今天下午演练，请不要恐慌。' });
  const made = await flow.submit('t1', { mode: 'drill', drill: plan.id, title: '演练：防汛', text: '这是演练。请到村口集合。以上是演练内容。', segments: undefined, speech: {}, notAfter: now + 3_600_000 });
  for (const who of ['approver-a', 'approver-b']) {
    if ((await flow.view(made.id)).state === 'submitted') await flow.approve('t1', made, who);
  }
  await flow.settle();
  return made;
}
const pushed = (digest: string) => flow.gateway.frames('order').filter(({ frame }) => readPayload<{ messageDigest: string }>(frame.order.dispatch).messageDigest === digest);

describe('a drill', () => {
  it('says that it is one around its words, and so do its corrections', async () => {
    const made = await drill('terminal');
    const sounds = new Map((await (await flow.as('t1-author')).get('/api/sounds')).body.map((sound: { sha256: string; id: string }) => [sound.sha256, sound.id]));
    const names = filesOf(made.message.body).map(({ sha256 }) => sounds.get(sha256) ?? 'words');
    expect(names).toEqual(['phrase-drill-opening', 'siren-rise-fall', 'phrase-emergency-preamble', 'words', 'phrase-drill-closing']);
    for (const correction of made.corrections.map((envelope) => readPayload<Submitted['message']>(envelope))) {
      const chime = correction.corrects === 'correction' ? 'chime-correction' : 'chime-all-clear';
      expect(filesOf(correction.body).map(({ sha256 }) => sounds.get(sha256) ?? 'words')).toEqual(['phrase-drill-opening', chime, 'words', 'phrase-drill-closing']);
      expect([correction.mode, correction.drill, correction.texts[0]?.text]).toEqual(['drill', made.message.drill, expect.stringMatching(/^演练。.*以上是演练。$/)]);
    }
  });

  it('on the platforms alone goes the whole chain, is completed, and no terminal hears of it', async () => {
    const made = await drill('platform');
    expect(await flow.view(made.id)).toMatchObject({ state: 'completed', drill: { kind: 'platform' }, dispatches: [{}], tally: { targeted: 0 } });
    expect(pushed(made.digest)).toEqual([]);
    expect(await db.asOwner("SELECT count(*)::int AS n FROM audit_leaf WHERE subject = $1 AND kind IN ('dispatch.placed', 'message.completed')", [made.id])).toEqual([{ n: 2 }]);
    expect(await flow.offers('t1', made.id)).toEqual([]);
  });

  it('to the front end reaches the terminals, which answer without a sound', async () => {
    const made = await drill('front-end');
    const [{ frame, terminals } = { frame: undefined, terminals: null }] = pushed(made.digest);
    if (frame === undefined) throw new Error('no order');
    expect(terminals).toEqual(['t1-term-1', 'v1-term-1', 'v2-term-1']);
    expect(judgeOrder(server.world.trustOf('v1'), frame.order, server.clock.now()).ok).toBe(true);
    const dispatch = readPayload<Parameters<typeof flow.receipt>[1] & { repeats: number }>(frame.order.dispatch);
    for (const terminal of terminals ?? []) {
      await flow.send([{ terminal, envelopes: [await flow.receipt(terminal, dispatch, { state: 'acked', repetition: 0 }), await flow.receipt(terminal, dispatch, { state: 'done', repetition: 0 })] }]);
    }
    expect(await flow.view(made.id)).toMatchObject({ state: 'completed', mode: 'drill', tally: { done: 3 } });
  });
});
