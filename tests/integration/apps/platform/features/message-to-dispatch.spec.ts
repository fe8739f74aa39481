import { areaIdSchema, dispatchSchema, type Stop } from '#libs/contracts';
import { leastSeq } from '#libs/domain';
import { judgeOrder, verifyStop } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

describe('a message', () => {
  it('goes from draft over submit and two approvals to a dispatch that every terminal would take, and to sound and proof', async () => {
    const drafted = await flow.draft('t1');
    expect(drafted.status).toBe(200);
    expect(drafted.body.consequence).toMatchObject({ terminals: 3, online: 3, verification: 'one', mayApprove: ['t1-approver-a', 't1-approver-b', 't1-approver-c'] });

    const made = await flow.submit('t1');
    await flow.settle();
    expect(flow.gateway.frames('prefetch').at(-1)).toMatchObject({ terminals: ['t1-term-1', 'v1-term-1', 'v2-term-1'], frame: { media: expect.arrayContaining([expect.objectContaining({ sha256: flow.siren }), expect.objectContaining({ sha256: flow.speech })]) } });

    const first = await flow.approve('t1', made, 'approver-a');
    expect([first.status, first.body.state, first.body.steps[0].open]).toEqual([201, 'submitted', true]);
    expect(flow.gateway.frames('order')).toEqual([]);
    const second = await flow.approve('t1', made, 'approver-b');
    expect([second.status, second.body.state, second.body.tally.targeted]).toEqual([201, 'dispatched', 3]);
    await flow.settle();

    const [pushed] = flow.gateway.frames('order');
    expect(pushed?.terminals).toEqual(['t1-term-1', 'v1-term-1', 'v2-term-1']);
    const order = pushed?.frame.order;
    expect(judgeOrder(server.world.trustOf('v1'), order, server.clock.now())).toMatchObject({ ok: true });
    const dispatch = dispatchSchema.parse(readPayload(order?.dispatch ?? { payload: '' }));
    expect(dispatch).toMatchObject({ messageDigest: made.digest, seq: leastSeq(server.clock.now()), startAt: server.clock.now() + 700, repeats: 2 });
    expect((await flow.view(made.id)).tally).toMatchObject({ targeted: 3, sent: 3 });

    for (const terminal of ['t1-term-1', 'v1-term-1', 'v2-term-1']) {
      const envelopes = await flow.story(terminal, dispatch);
      expect(await flow.send([{ terminal, envelopes }])).toEqual(new Map([[terminal, 5]]));
    }
    const end = await flow.view(made.id);
    expect([end.state, end.tally.done]).toEqual(['completed', 3]);
    const deliveries = (await (await flow.as('t1-author')).get(`/api/messages/${made.id}/deliveries`)).body;
    expect(deliveries[0]).toMatchObject({ terminal: 't1-term-1', name: '喇叭 t1', state: 'done', audibleAt: dispatch.startAt + 1_000, doneAt: dispatch.startAt + 2_900 });
    const receipts = (await (await flow.as('t1-author')).get(`/api/receipts?message=${made.id}`)).body;
    expect(receipts).toHaveLength(15);
  });
});

describe('a message that replaces another one', () => {
  const stopsOf = (digest: string, from: number): readonly Stop[] =>
    flow.gateway.stops.slice(from).map(({ stop }) => readPayload<Stop>(stop)).filter(({ scope }) => scope.kind === 'messages' && scope.messages.includes(digest as never));

  it('has it stopped in its own areas, also at horns that never take it, and nowhere else', async () => {
    const wide = await flow.onAir('t1');
    const before = flow.gateway.stops.length;
    const narrow = await flow.onAir('t1', { targets: { areas: ['v1-area'], terminals: [] }, replaces: wide.digest });
    expect(stopsOf(wide.digest, before)).toMatchObject([{ platform: 't1', area: 'v1-area', issuedAt: narrow.dispatch.issuedAt }]);
    const chain = (village: string) => [{ id: areaIdSchema.parse(village), parent: areaIdSchema.parse('t1-area') }, { id: areaIdSchema.parse('t1-area'), parent: null }];
    const [stop] = flow.gateway.stops.slice(before);
    const verified = verifyStop(server.world.trustOf('v1'), stop?.stop, chain('v1-area'));
    expect(verified.ok && verified.value.stop.area).toBe('v1-area');
    // Elsewhere it goes on.
    expect((await flow.view(wide.id)).state).toBe('dispatched');
    expect(await db.asOwner("SELECT terminal FROM delivery WHERE message = $1 AND state = 'failed'", [wide.id])).toEqual([]);
  });

  it('leaves it to single terminals that it names themselves', async () => {
    const wide = await flow.onAir('t1');
    const before = flow.gateway.stops.length;
    await flow.onAir('t1', { targets: { areas: [], terminals: ['v1-term-1'] }, replaces: wide.digest });
    expect(stopsOf(wide.digest, before)).toEqual([]);
  });

  it('that waits while a village is stopped says where it will be silent; one composed before a stop of everything is not taken', async () => {
    const waiting = await flow.submit('t1');
    const silenced = async () => (await flow.view(waiting.id)).silenced;
    expect(await silenced()).toBe(0);
    server.clock.advance(1_000);
    await flow.stop('t1', { area: areaIdSchema.parse('v1-area') });
    expect([(await flow.view(waiting.id)).state, await silenced()]).toEqual(['submitted', 1]);

    const late = await flow.signed('t1');
    server.clock.advance(1_000);
    await flow.stop('t1', {});
    const answer = await (await flow.as('t1-author')).post('/api/messages', { message: late.envelope, corrections: late.corrections, hold: false });
    expect([answer.status, answer.body.fields]).toEqual([422, [expect.objectContaining({ path: 'issuedAt', code: 'STOPPED_SINCE' })]]);
    server.clock.advance(1_000);
    expect((await flow.view((await flow.submit('t1')).id)).silenced).toBe(0);
  });
});
