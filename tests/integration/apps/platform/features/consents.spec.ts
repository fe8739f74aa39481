import { dispatchSchema, rosterSchema, type Dispatch, type Order } from '#libs/contracts';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { judgeOrder } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { areaOf } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

/** The newest order pushed for this digest. */
/** The newest order of a message. An older one may be pushed again meanwhile, to a terminal that did not answer. */
function orderOf(digest: string): { readonly order: Order; readonly dispatch: Dispatch; readonly terminals: readonly string[] } {
  const pushed = flow.gateway.frames('order').map(({ frame, terminals }) => ({ order: frame.order, dispatch: dispatchSchema.parse(readPayload(frame.order.dispatch)), terminals: terminals ?? [] }))
    .filter(({ dispatch }) => dispatch.messageDigest === digest).sort((a, b) => a.dispatch.seq - b.dispatch.seq).at(-1);
  if (pushed === undefined) throw new Error('no order of this message was pushed');
  return pushed;
}
const deliveries = async (id: string) => (await (await flow.as('t1-author')).get(`/api/messages/${id}/deliveries`)).body as readonly { terminal: string; dispatchId: string; state: string; reason: string | null; corrects: string | null }[];
const offer = async (id: string, kind: string) => {
  const found = (await flow.offers('t1', id)).find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} is offered`);
  return found;
};
const events = async () => db.asOwner<{ code: string }>("SELECT code FROM security_event WHERE kind = 'api-refused' ORDER BY received_at DESC, id DESC");
const counted = async () => db.asOwner('SELECT (SELECT count(*) FROM dispatch)::int AS d, (SELECT count(*) FROM consent)::int AS c, (SELECT count(*) FROM message)::int AS m');

async function refused(answer: Promise<{ status: number; body: { code: string } }>, status: number, code: string): Promise<void> {
  const before = await counted();
  const { status: got, body } = await answer;
  expect([got, body.code]).toEqual([status, code]);
  expect(await counted()).toEqual(before);
}

/** On the air at the three terminals of t1: one sounded, one said that it never did, one said nothing yet. */
async function sounding(set: object = {}) {
  const made = await flow.onAir('t1', set);
  await flow.send([
    { terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', made.dispatch, { state: 'acked', repetition: 0 }), await flow.receipt('t1-term-1', made.dispatch, { state: 'audible', repetition: 1, startedAt: made.dispatch.startAt })] },
    { terminal: 'v1-term-1', envelopes: [await flow.receipt('v1-term-1', made.dispatch, { state: 'failed', repetition: 1, reason: 'FETCH_FAIL' }), await flow.receipt('v1-term-1', made.dispatch, { state: 'failed', repetition: 2, reason: 'FETCH_FAIL' })] },
  ]);
  return made;
}

describe('a correction', () => {
  it('is offered when the message may have sounded, and goes to all but those proved silent, by the terminals\' own rule', async () => {
    const waiting = await flow.submit('t1');
    expect(await flow.offers('t1', waiting.id)).toEqual([]);
    const made = await sounding();
    const stop = await flow.stop('t1', { scope: { kind: 'messages', messages: [made.dispatch.messageDigest] } });
    expect(stop.platform).toBe('t1');
    const offers = await flow.offers('t1', made.id);
    expect(offers.map(({ kind }) => kind).sort()).toEqual(['all-clear', 'correction', 'resume']);
    expect(offers.find(({ kind }) => kind === 'correction')).toMatchObject({ title: '更正：暴雨红色预警', text: '刚才播出的暴雨红色预警是误发，请不要恐慌。', terminals: 2 });
    const wanted = await offer(made.id, 'correction');
    server.clock.advance(2_000);
    const answer = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', wanted));
    expect([answer.status, answer.body.code]).toEqual([200, undefined]);
    expect(answer.body).toMatchObject({ state: 'stopped', correctedBy: [{ kind: 'correction' }] });
    await flow.settle();

    const digest = made.message.corrections.find(({ kind }) => kind === 'correction')?.digest ?? '';
    const { order, dispatch, terminals } = orderOf(digest);
    expect([...terminals].sort()).toEqual(['t1-term-1', 'v2-term-1']);
    expect(dispatch.targets.heard).toBe(made.digest);
    expect(dispatch.startAt - server.clock.now()).toBeLessThan(2_000);
    expect(judgeOrder(server.world.trustOf('v2'), order, server.clock.now()).ok).toBe(true);

    const view = await flow.view(answer.body.correctedBy[0].message);
    expect(view).toMatchObject({ corrects: 'correction', correctionOf: made.id, state: 'dispatched', steps: [], tally: { targeted: 2 } });
    expect((await deliveries(made.id)).filter(({ corrects }) => corrects === 'correction').map(({ terminal }) => terminal)).toEqual(['t1-term-1', 'v2-term-1']);
    await flow.send([{ terminal: 't1-term-1', envelopes: await flow.story('t1-term-1', dispatch) }]);
    await flow.send([{ terminal: 'v2-term-1', envelopes: [await flow.receipt('v2-term-1', dispatch, { state: 'failed', repetition: 0, reason: 'NOT_HEARD' })] }]);
    expect(await flow.view(view.id)).toMatchObject({ state: 'completed', tally: { done: 1, failed: 1, reasons: { NOT_HEARD: 1 } } });
    expect(await db.asOwner("SELECT count(*)::int AS n FROM audit_leaf WHERE kind = 'consent.correct' AND subject = $1", [made.id])).toEqual([{ n: 1 }]);
    // What was corrected does not go on; the all-clear may still follow.
    expect((await flow.offers('t1', made.id)).map(({ kind }) => kind)).toEqual(['all-clear']);
  });

  it('ends what still sounds or waits: it is stopped everywhere in the same transaction', async () => {
    const made = await sounding();
    const before = flow.gateway.stops.length;
    const answer = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', await offer(made.id, 'all-clear')));
    expect([answer.status, answer.body.state]).toEqual([200, 'stopped']);
    await flow.settle();
    expect(flow.gateway.stops.slice(before).map(({ stop }) => readPayload(stop))).toMatchObject([{ scope: { kind: 'messages', messages: [made.digest] } }]);
    expect((await deliveries(made.id)).filter(({ corrects }) => corrects === null).every(({ state }) => state === 'failed')).toBe(true);
  });

  it.each([['all-clear', 'correction'], ['correction', 'all-clear']] as const)('ends the %s before it, in the same transaction, and the offer says so: the later word is the %s', async (earlier, later) => {
    const made = await sounding();
    const digestOf = (kind: string): string => made.message.corrections.find((one) => one.kind === kind)?.digest ?? '';
    expect(await offer(made.id, earlier)).toMatchObject({ ends: [] });
    const first = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', await offer(made.id, earlier)));
    await flow.settle();
    const given = first.body.correctedBy[0].message as string;
    expect(await flow.view(given)).toMatchObject({ state: 'dispatched' });
    const wanted = await offer(made.id, later);
    expect(wanted).toMatchObject({ ends: [earlier] });
    const before = flow.gateway.stops.length;
    const second = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', wanted));
    expect([second.status, second.body.code]).toEqual([200, undefined]);
    await flow.settle();
    expect(flow.gateway.stops.slice(before).map(({ stop }) => readPayload<{ scope: { messages: string[] } }>(stop).scope.messages).flat()).toContain(digestOf(earlier));
    expect(await flow.view(given)).toMatchObject({ state: 'stopped', tally: { failed: 2, reasons: { WITHDRAWN: 2 } } });
    expect([...orderOf(digestOf(later)).terminals].sort()).toEqual(['t1-term-1', 'v2-term-1']);
    // What the later word ended is not said again.
    expect((await flow.offers('t1', made.id)).map(({ kind }) => kind)).toEqual([]);
  });

  it('is given once: the same consent again is the same dispatch, another one comes too late', async () => {
    const made = await sounding();
    const wanted = await offer(made.id, 'correction');
    const consent = await flow.consent('t1', wanted);
    expect((await flow.giveConsent('t1', made.id, 'correct', consent)).status).toBe(200);
    const before = await counted();
    expect((await flow.giveConsent('t1', made.id, 'correct', consent)).status).toBe(200);
    expect(await counted()).toEqual(before);
    const again = await signEnvelope('consent', encodePayload({ ...readPayload<object>(consent), signedAt: server.clock.now() + 1 }), [server.world.key('t1', 'stopper').signer]);
    await refused(flow.giveConsent('t1', made.id, 'correct', again), 409, 'CONSENT_USED');
  });

  it('that a stop cut off is said again, where it was cut, by a word given after that stop and by no older one', async () => {
    const made = await sounding();
    const first = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', await offer(made.id, 'correction')));
    await flow.settle();
    const { id } = { id: first.body.correctedBy[0].message as string };
    const digest = made.message.corrections.find(({ kind }) => kind === 'correction')?.digest ?? '';
    const { dispatch } = orderOf(digest);
    await flow.send([{ terminal: 'v2-term-1', envelopes: await flow.story('v2-term-1', dispatch) }]);
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', dispatch, { state: 'acked', repetition: 0 }), await flow.receipt('t1-term-1', dispatch, { state: 'audible', repetition: 1, startedAt: dispatch.startAt })] }]);
    expect((await flow.offers('t1', made.id)).map(({ kind }) => kind)).not.toContain('correction');
    server.clock.advance(3_000);
    await flow.stop('t1', {});
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', dispatch, { state: 'failed', repetition: 0, reason: 'STOPPED' })] }]);
    server.clock.advance(2_000);

    const wanted = await offer(made.id, 'correction');
    expect(wanted).toMatchObject({ terminals: 1 });
    const old = await signEnvelope('consent', encodePayload({ ...readPayload<object>({ payload: wanted.payload }), signedAt: server.clock.now() - 2_001 }), [server.world.key('t1', 'stopper').signer]);
    await refused(flow.giveConsent('t1', made.id, 'correct', old), 409, 'CONSENT_USED');
    const again = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', wanted));
    expect([again.status, again.body.code]).toEqual([200, undefined]);
    await flow.settle();
    const placed = orderOf(digest);
    expect(placed.dispatch.dispatchId).not.toBe(dispatch.dispatchId);
    expect(placed.terminals).toEqual(['t1-term-1']);
    expect(judgeOrder(server.world.trustOf('t1'), placed.order, server.clock.now()).ok).toBe(true);
    expect(await flow.view(id)).toMatchObject({ state: 'dispatched' });
    expect((await flow.offers('t1', made.id)).map(({ kind }) => kind)).not.toContain('correction');
    const late = await signEnvelope('consent', encodePayload({ ...readPayload<object>({ payload: wanted.payload }), signedAt: server.clock.now() + 1 }), [server.world.key('t1', 'stopper').signer]);
    await refused(flow.giveConsent('t1', made.id, 'correct', late), 409, 'CONSENT_USED');
    await flow.send([{ terminal: 't1-term-1', envelopes: await flow.story('t1-term-1', placed.dispatch) }]);
    expect(await flow.view(id)).toMatchObject({ state: 'completed', tally: { targeted: 2, done: 2 } });
    expect((await deliveries(id)).filter(({ terminal }) => terminal === 't1-term-1')).toMatchObject([{ reason: 'STOPPED', superseded: true, resumed: false }, { state: 'done', superseded: false, resumed: false }]);
  });

  it('that a stop dated ahead cut off is said again by a word given after that stop came', async () => {
    const made = await sounding();
    await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', await offer(made.id, 'correction')));
    await flow.settle();
    const { dispatch } = orderOf(made.message.corrections.find(({ kind }) => kind === 'correction')?.digest ?? '');
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', dispatch, { state: 'acked', repetition: 0 })] }]);
    server.clock.advance(3_000);
    // A stopper's clock is four minutes fast: his stop counts from when it came, on the terminals as here.
    await flow.stop('t1', { issuedAt: server.clock.now() + 240_000 });
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', dispatch, { state: 'failed', repetition: 0, reason: 'STOPPED' })] }]);
    server.clock.advance(6_000);
    const answer = await flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', await offer(made.id, 'correction')));
    expect([answer.status, answer.body.code]).toEqual([200, undefined]);
  });

  it('is not given twice by two stoppers at the same moment', async () => {
    const made = await sounding();
    const wanted = await offer(made.id, 'correction');
    const payload = readPayload<object>({ payload: wanted.payload });
    const consents = await Promise.all([0, 1].map((later) => signEnvelope('consent', encodePayload({ ...payload, signedAt: server.clock.now() + later }), [server.world.key('t1', 'stopper').signer])));
    const answers = await Promise.all(consents.map((consent) => flow.giveConsent('t1', made.id, 'correct', consent)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('is refused with a code and without a trace where the consent is not a stopper\'s to exactly this', async () => {
    const made = await sounding();
    const other = await sounding();
    const wanted = await offer(made.id, 'correction');
    const signed = async (set: object, who = 'stopper'): Promise<Envelope> =>
      signEnvelope('consent', encodePayload({ ...readPayload<object>({ payload: wanted.payload }), ...set }), [server.world.key('t1', who).signer]);
    const foreign = await offer(other.id, 'correction');

    expect((await (await flow.as('t1-author')).get(`/api/messages/${made.id}/consents`)).body.code).toBe('FORBIDDEN');
    await refused(flow.giveConsent('t1', made.id, 'correct', await signed({}), 'author'), 403, 'FORBIDDEN');
    await refused(flow.giveConsent('t1', made.id, 'correct', await signed({ person: 't1-author' }, 'author')), 422, 'REJ_CONSENT');
    await refused(flow.giveConsent('t1', made.id, 'correct', await signed({}, 'approver-a')), 422, 'REJ_CONSENT');
    await refused(flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', foreign)), 422, 'REJ_CONSENT');
    await refused(flow.giveConsent('t1', made.id, 'resume', await signed({})), 422, 'REJ_CONSENT');
    await refused(flow.giveConsent('t1', made.id, 'correct', await signed({ act: { kind: 'correct', correction: other.digest, ofMessage: made.digest } })), 422, 'REJ_CORRECTION');
    await refused(flow.giveConsent('t1', made.id, 'correct', await signed({ act: { kind: 'shout', ofMessage: made.digest } })), 422, 'REJ_SCHEMA');
    await refused(flow.giveConsent('t1', made.id, 'correct', await signed({ signedAt: server.clock.now() + 600_000 })), 422, 'REJ_NOT_YET');
    await refused(flow.giveConsent('t1', 'nothing', 'correct', await signed({})), 404, 'NOT_FOUND');
    await refused(flow.giveConsent('v1', made.id, 'correct', await signed({})), 404, 'NOT_FOUND');
    await refused((await flow.as('t1-stopper')).post(`/api/messages/${made.id}/correct`, { consent: 'yes' }), 422, 'INVALID');
    expect((await events()).map(({ code }) => code)).toEqual(expect.arrayContaining(['REJ_CONSENT', 'REJ_NOT_YET', 'REJ_SCHEMA']));
  });

  it('has nothing to correct where nobody can have heard', async () => {
    const made = await flow.onAir('t1');
    const wanted = await offer(made.id, 'correction');
    for (const terminal of ['t1-term-1', 'v1-term-1', 'v2-term-1']) {
      await flow.send([{ terminal, envelopes: [await flow.receipt(terminal, made.dispatch, { state: 'failed', repetition: 0, reason: 'QUIET_HOURS' })] }]);
    }
    expect(await flow.offers('t1', made.id)).toEqual([]);
    await refused(flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', wanted)), 409, 'NOTHING_HEARD');
  });
});

describe('a resumption', () => {
  it('puts a stopped message on the air again where it may have sounded, by the terminals\' own rule', async () => {
    const made = await sounding();
    server.clock.advance(1_000);
    const stop = await flow.stop('t1', { scope: { kind: 'all' } });
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', made.dispatch, { state: 'failed', repetition: 1, reason: 'STOPPED' })] }]);
    expect((await flow.view(made.id)).state).toBe('stopped');
    server.clock.advance(5_000);
    const wanted = await offer(made.id, 'resume');
    expect(wanted).toMatchObject({ terminals: 2, until: stop.issuedAt + 30_000 });
    const answer = await flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', wanted));
    expect([answer.status, answer.body.state]).toEqual([200, 'dispatched']);
    await flow.settle();
    const { order, dispatch, terminals } = orderOf(made.digest);
    expect(dispatch).toMatchObject({ resumes: stop.stopId, targets: { heard: null } });
    expect([...terminals].sort()).toEqual(['t1-term-1', 'v2-term-1']);
    expect(judgeOrder(server.world.trustOf('t1'), order, server.clock.now()).ok).toBe(true);
    for (const terminal of terminals) await flow.send([{ terminal, envelopes: await flow.story(terminal, dispatch) }]);
    expect(await flow.view(made.id)).toMatchObject({ state: 'completed', tally: { targeted: 3, done: 2, failed: 1 } });
    await refused(flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', { payload: Buffer.from(encodePayload({ ...readPayload<object>({ payload: wanted.payload }), signedAt: server.clock.now() + 1 })).toString('base64') })), 409, 'CONSENT_USED');
  });

  it('is offered as one word about every stop, when the button was pressed twice; one pressed after it holds', async () => {
    const made = await sounding();
    const press = () => flow.stop('t1', { scope: { kind: 'messages', messages: [made.dispatch.messageDigest] } });
    const first = await press();
    server.clock.advance(2_000);
    const second = await press();
    server.clock.advance(3_000);
    const resumes = async () => (await flow.offers('t1', made.id)).filter(({ kind }) => kind === 'resume');
    const [wanted, ...others] = await resumes();
    if (wanted === undefined) throw new Error('no resumption is offered');
    expect([others, readPayload(wanted)]).toMatchObject([[], { act: { stop: first.stopId, also: [second.stopId] } }]);
    expect(wanted).toMatchObject({ terminals: 2, until: first.issuedAt + 30_000 });
    const third = await press();
    await refused(flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', wanted)), 422, 'REJ_RESUME');
    server.clock.advance(1_000);
    const answer = await flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', await offer(made.id, 'resume')));
    expect([answer.status, answer.body.state, answer.body.code]).toEqual([200, 'dispatched', undefined]);
    await flow.settle();
    const { order, dispatch, terminals } = orderOf(made.digest);
    expect([dispatch.resumes, [...terminals].sort()]).toEqual([first.stopId, ['t1-term-1', 'v2-term-1']]);
    expect(readPayload(order.consent ?? { payload: '' })).toMatchObject({ act: { also: [second.stopId, third.stopId] } });
    expect(judgeOrder(server.world.trustOf('t1'), order, server.clock.now()).ok).toBe(true);
    expect(await resumes()).toEqual([]);
    // It went on, and is stopped again: only the new stop has to be taken back.
    server.clock.advance(10_000);
    const fourth = await press();
    server.clock.advance(20_000);
    const again = await offer(made.id, 'resume');
    expect(readPayload(again)).toMatchObject({ act: { stop: fourth.stopId } });
    expect((await flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', again))).status).toBe(200);
  });

  it('is given where one was stopped, while the others ended otherwise and the message counts as completed', async () => {
    const made = await sounding();
    server.clock.advance(1_000);
    const stop = await flow.stop('t1', { area: areaOf('v2-area'), scope: { kind: 'all' } });
    await flow.send([
      { terminal: 'v2-term-1', envelopes: [
        await flow.receipt('v2-term-1', made.dispatch, { state: 'audible', repetition: 1, startedAt: made.dispatch.startAt }), await flow.receipt('v2-term-1', made.dispatch, { state: 'failed', repetition: 1, reason: 'STOPPED' }),
      ] },
      { terminal: 't1-term-1', envelopes: (await flow.story('t1-term-1', made.dispatch)).slice(1) },
    ]);
    expect((await flow.view(made.id)).state).toBe('completed');
    server.clock.advance(2_000);
    const answer = await flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', await offer(made.id, 'resume')));
    expect([answer.status, answer.body.state, answer.body.code]).toEqual([200, 'dispatched', undefined]);
    await flow.settle();
    const { dispatch, terminals } = orderOf(made.digest);
    expect([dispatch.resumes, terminals]).toEqual([stop.stopId, ['v2-term-1']]);
    await flow.send([{ terminal: 'v2-term-1', envelopes: await flow.story('v2-term-1', dispatch) }]);
    expect(await flow.view(made.id)).toMatchObject({ state: 'completed' });
  });

  it('is no longer offered 31 s after the stop, and refused whatever time the consent claims', async () => {
    const made = await sounding();
    await flow.stop('t1', { scope: { kind: 'messages', messages: [made.dispatch.messageDigest] } });
    const wanted = await offer(made.id, 'resume');
    const consent = await flow.consent('t1', wanted);
    server.clock.advance(31_000);
    expect((await flow.offers('t1', made.id)).map(({ kind }) => kind)).not.toContain('resume');
    await refused(flow.giveConsent('t1', made.id, 'resume', consent), 422, 'REJ_RESUME');
  });

  it('is refused without a stop, after another stop, and after a correction', async () => {
    const made = await sounding();
    const resume = async (stop: string): Promise<Envelope> => signEnvelope('consent', encodePayload({
      platform: 't1', person: 't1-stopper', act: { kind: 'resume', message: made.digest, stop }, signedAt: server.clock.now(),
    }), [server.world.key('t1', 'stopper').signer]);
    await refused(flow.giveConsent('t1', made.id, 'resume', await resume(server.clock.uuid())), 422, 'REJ_RESUME');
    const first = await flow.stop('t1', { scope: { kind: 'messages', messages: [made.dispatch.messageDigest] } });
    await flow.stop('t1', { scope: { kind: 'all' } });
    await refused(flow.giveConsent('t1', made.id, 'resume', await resume(first.stopId)), 422, 'REJ_RESUME');
    const corrected = await sounding();
    const stop = await flow.stop('t1', { scope: { kind: 'messages', messages: [corrected.dispatch.messageDigest] } });
    await flow.giveConsent('t1', corrected.id, 'correct', await flow.consent('t1', await offer(corrected.id, 'correction')));
    const late = await signEnvelope('consent', encodePayload({ platform: 't1', person: 't1-stopper', act: { kind: 'resume', message: corrected.digest, stop: stop.stopId }, signedAt: server.clock.now() }), [server.world.key('t1', 'stopper').signer]);
    await refused(flow.giveConsent('t1', corrected.id, 'resume', late), 409, 'STATE_CONFLICT');
  });
});

describe('a false alarm', () => {
  it('that was corrected is not dispatched again, where it had been over without a stop', async () => {
    const made = await flow.onAir('v1');
    await flow.send([{ terminal: 'v1-term-1', envelopes: [
      await flow.receipt('v1-term-1', made.dispatch, { state: 'acked', repetition: 0 }), await flow.receipt('v1-term-1', made.dispatch, { state: 'audible', repetition: 1, startedAt: made.dispatch.startAt }),
      await flow.receipt('v1-term-1', made.dispatch, { state: 'failed', repetition: 2, reason: 'INTERRUPTED' }),
    ] }]);
    const [offered] = (await flow.offers('v1', made.id)).filter(({ kind }) => kind === 'correction');
    if (offered === undefined) throw new Error('no correction is offered');
    const stops = flow.gateway.stops.length;
    expect((await flow.giveConsent('v1', made.id, 'correct', await flow.consent('v1', offered))).status).toBe(200);
    await flow.settle();
    expect(flow.gateway.stops.length).toBeGreaterThan(stops);
    await refused((await flow.as('v1-author')).post(`/api/messages/${made.id}/dispatch`, { terminals: [] }), 409, 'STATE_CONFLICT');
  });

  it('can be corrected after the policy was raised and its approver has left', async () => {
    const made = await flow.onAir('t2');
    await flow.send([{ terminal: 't2-term-1', envelopes: [
      await flow.receipt('t2-term-1', made.dispatch, { state: 'acked', repetition: 0 }), await flow.receipt('t2-term-1', made.dispatch, { state: 'audible', repetition: 1, startedAt: made.dispatch.startAt }),
    ] }]);
    const officer = await flow.as('t2-officer-1');
    const held = ((await officer.get('/api/trust')).body.rosters as readonly Envelope[]).map((envelope) => rosterSchema.parse(readPayload(envelope))).find(({ platform }) => platform === 't2');
    if (held === undefined) throw new Error('no roster of t2');
    const people = held.persons.filter(({ id }) => id !== 't2-approver-a');
    const next = { ...held, version: held.version + 1, issuedAt: server.clock.now(), persons: people, policy: { ...held.policy, version: held.policy.version + 1 } };
    expect(people.length).toBeLessThan(held.persons.length);
    expect((await officer.post('/api/trust/documents', { documents: [await signEnvelope('roster', encodePayload(next), server.world.officers('t2'))] })).status).toBe(200);
    const [offered] = (await flow.offers('t2', made.id)).filter(({ kind }) => kind === 'correction');
    if (offered === undefined) throw new Error('no correction is offered');
    expect((await flow.giveConsent('t2', made.id, 'correct', await flow.consent('t2', offered))).status).toBe(200);
    await flow.settle();
    const digest = made.message.corrections.find(({ kind }) => kind === 'correction')?.digest ?? '';
    expect(orderOf(digest).order.approvals).toEqual([]);
  });
});
