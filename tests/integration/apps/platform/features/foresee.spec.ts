import { rosterSchema, type Consequence, type Roster } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import type { PlatformName } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

const NOTICE = { class: 'notice', severity: 'none', title: '通知', segments: undefined, speech: {} };
const consequenceOf = async (platform: PlatformName, set: object = {}): Promise<Consequence> => {
  const { body, status } = await flow.draft(platform, set);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.consequence;
};
const met = ({ meets }: Consequence) => meets.map(({ title, how, terminals }) => [title, how, terminals]);

describe('what a message would meet', () => {
  it('is what sounds and what is due, as the arbiter of the terminals decides it, loudspeaker by loudspeaker', async () => {
    expect(met(await consequenceOf('t1'))).toEqual([]);
    const notice = await flow.submit('t1', { ...NOTICE, repeats: 10 });
    await flow.approve('t1', notice, 'approver-a');
    expect((await flow.view(notice.id)).state).toBe('dispatched');
    expect(met(await consequenceOf('t1'))).toEqual([['通知', 'preempts', 3]]);
    expect(met(await consequenceOf('v1'))).toEqual([['通知', 'preempts', 1]]);
    expect(met(await consequenceOf('t1', { ...NOTICE, title: '又一个' }))).toEqual([['通知', 'takes-turns', 3]]);
    expect(met(await consequenceOf('v1', { ...NOTICE }))).toEqual([['通知', 'waits', 1]]);
    expect(met(await consequenceOf('t2'))).toEqual([]);
    expect(met(await consequenceOf('t1', { ...NOTICE, replaces: notice.digest }))).toEqual([['通知', 'replaces', 3]]);

    // Long before or long after each other they do not meet; what is handed in and due does.
    expect(met(await consequenceOf('t1', { notBefore: server.clock.now() + 3_600_000 }))).toEqual([]);
    const due = await flow.submit('t1', { severity: 'orange', title: '橙色', notBefore: server.clock.now() + 1_800_000 });
    const ahead = await consequenceOf('t1', { notBefore: server.clock.now() + 1_800_000 });
    expect(met(ahead)).toEqual([['橙色', 'preempts', 3]]);
    expect(ahead.meets.map(({ signed }) => signed)).toEqual([false]);
    expect((await consequenceOf('t1')).meets.map(({ signed }) => signed)).toEqual([true]);
    await (await flow.as('t1-author')).post(`/api/messages/${due.id}/withdraw`, {});

    // A terminal that is through is not met.
    await flow.settle();
    const order = flow.gateway.frames('order').at(-1)?.frame.order;
    if (order === undefined) throw new Error('no order');
    const dispatch = readPayload<Parameters<typeof flow.story>[1]>(order.dispatch);
    await flow.send([{ terminal: 'v1-term-1', envelopes: await flow.story('v1-term-1', dispatch) }]);
    expect(met(await consequenceOf('t1'))).toEqual([['通知', 'preempts', 2]]);
    expect(met(await consequenceOf('v1'))).toEqual([]);
  });

  it('counts the terminals where quiet hours put it off or keep it silent, by the rosters of their lineage; an emergency is never kept', async () => {
    const known = server.world.expected.documents.find((one) => one.payloadType.includes('.roster.') && readPayload<Roster>(one).platform === 'v1');
    if (known === undefined) throw new Error('no roster of v1');
    const roster = rosterSchema.parse(readPayload(known));
    const minute = (Math.floor(server.clock.now() / 60_000) + 480) % 1_440;
    const quiet = { ...roster, version: roster.version + 1, quietHours: [{ fromMinute: (minute + 1_430) % 1_440, toMinute: (minute + 10) % 1_440 }] };
    const document = await signEnvelope('roster', encodePayload(quiet), server.world.officers('v1').slice(0, 2));
    const accepted = await (await flow.as('v1-officer-1')).post('/api/trust/documents', { documents: [document] });
    expect(accepted.body).toEqual({ accepted: 1 });
    const until = (Math.floor(server.clock.now() / 60_000) + 10) * 60_000;
    const kept = async (set: object = {}) => { const { quiet: silent, postponed } = await consequenceOf('t1', set); return [silent, postponed]; };
    expect(await kept(NOTICE)).toEqual([0, [{ until, terminals: 1 }]]);
    expect(await kept({ ...NOTICE, notAfter: until })).toEqual([1, []]);
    expect(await kept()).toEqual([0, []]);
    expect(await kept({ ...NOTICE, notBefore: server.clock.now() + 3_600_000 })).toEqual([0, []]);

    // Two repetitions of a few seconds, a minute apart: the second is due in quiet hours.
    const begins = (Math.floor(server.clock.now() / 60_000) - 10 + 1_440) * 60_000 - 5_000;
    const cut = await consequenceOf('t1', { ...NOTICE, notBefore: begins, notAfter: begins + 7_200_000, repeats: 2, gapMs: 60_000 });
    expect([cut.quiet, cut.postponed, cut.cutShort]).toEqual([0, [], [{ from: begins + (cut.durationMs - 2_000 - 60_000) / 2 + 60_000, terminals: 1 }]]);
  });

  it('says where class and hour make it quieter than it is approved; an emergency never is', async () => {
    const known = server.world.expected.documents.find((one) => one.payloadType.includes('.roster.') && readPayload<Roster>(one).platform === 'v2');
    if (known === undefined) throw new Error('no roster of v2');
    const roster = rosterSchema.parse(readPayload(known));
    const louder = { ...roster, version: roster.version + 1, volumeHours: [{ fromMinute: 0, toMinute: 1_440, classes: ['notice', 'advisory', 'emergency'] as const, volume: 'low' as const }] };
    const document = await signEnvelope('roster', encodePayload(louder), server.world.officers('v2').slice(0, 2));
    expect((await (await flow.as('v2-officer-1')).post('/api/trust/documents', { documents: [document] })).body).toEqual({ accepted: 1 });
    expect((await consequenceOf('t1', { ...NOTICE, volume: 'normal' })).quieter).toEqual([{ volume: 'low', terminals: 1 }]);
    expect((await consequenceOf('t1', { ...NOTICE, volume: 'low' })).quieter).toEqual([]);
    expect((await consequenceOf('t1')).quieter).toEqual([]);
  });
});
