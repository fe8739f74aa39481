import type { Draft, DraftAnswer } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { fromBase64 } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { digestNamed } from '../../../../support/trust-builder';

const HOUR = 3_600_000;
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

/** What the draft of a repetition answers, signed and handed in by its author. */
async function submitted(body: DraftAnswer): Promise<Submitted> {
  const author = server.world.key('t1', 'author').signer;
  const sign = (payload: string) => signEnvelope('message', fromBase64(payload) ?? new Uint8Array(), [author]);
  const made = { id: body.message.id, envelope: await sign(body.payload), message: body.message, digest: body.messageDigest, corrections: await Promise.all(body.corrections.map(({ payload }) => sign(payload))) };
  const answer = await (await flow.as('t1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return made;
}

describe('a message that is said again', () => {
  it('is a new one with the same media, texts and targets in a new window, and names what it repeats', async () => {
    const first = await flow.onAir('t1', { title: '暴雨红色预警' });
    server.clock.advance(3 * HOUR);
    const { body, status } = await (await flow.as('t1-author')).post(`/api/messages/${first.id}/again`, {});
    expect(status).toBe(200);
    const { message } = body as DraftAnswer;
    expect(message).toMatchObject({
      saysAgain: first.digest, texts: first.message.texts, body: first.message.body, targets: first.message.targets, repeats: first.message.repeats, class: 'emergency', replaces: null,
    });
    expect(message.id).not.toBe(first.id);
    expect(message.notBefore).toBe(server.clock.now());
    expect(body.corrections.map((one: DraftAnswer['corrections'][number]) => one.message.texts[0]?.text)).toHaveLength(first.corrections.length);

    // Nothing of the old approvals counts for it, nor does the old author's signature.
    const second = await submitted(body);
    const old = await server.world.approval('t1', first.envelope, 'approver-a', { set: { signedAt: server.clock.now() } });
    expect((await (await flow.as('t1-approver-a')).post(`/api/messages/${second.id}/approvals`, { approval: old })).body.code).toBe('REJ_APPROVAL_DIGEST');
    const view = await flow.view(second.id);
    expect(view).toMatchObject({ state: 'submitted', saidBefore: { message: first.id, digest: first.digest, heardAt: first.dispatch.startAt, changed: [] } });
    expect(view.steps.flatMap((step: { readonly signed: readonly unknown[] }) => step.signed)).toEqual([]);

    // Its own approvals carry it to the air.
    await flow.approve('t1', second, 'approver-a');
    expect((await flow.approve('t1', second, 'approver-b')).body.state).toBe('dispatched');
  });

  it('says what is not the same any more to whoever approves it', async () => {
    const first = await flow.submit('t1', { title: '道路封闭', class: 'notice', severity: 'none', segments: [{ sha256: flow.siren, role: 'chime' }, { sha256: flow.speech, role: 'recording' }] });
    const { body } = await (await flow.as('t1-author')).post(`/api/messages/${first.id}/again`, { notBefore: server.clock.now() + HOUR, notAfter: server.clock.now() + 2 * HOUR });
    expect((body as DraftAnswer).message.notAfter).toBe(server.clock.now() + 2 * HOUR);
    const changed = await flow.submit('t1', { ...asDraft(body.message), repeats: 3, text: '道路今天封闭。', saysAgain: first.digest });
    expect((await flow.view(changed.id)).saidBefore).toEqual({ message: first.id, digest: first.digest, heardAt: null, changed: ['repeats', 'texts'] });
    expect((await flow.view(first.id)).saidBefore).toBeNull();
  });

  it('is refused for another platform\'s message, for a correction, and with a digest that nobody knows', async () => {
    const first = await flow.onAir('t2', { title: '别处' });
    expect((await (await flow.as('t1-author')).post(`/api/messages/${first.id}/again`, {})).status).toBe(404);
    expect((await (await flow.as('t2-author')).post('/api/messages/0197a3b0-0001-7000-8000-000000000001/again', {})).status).toBe(404);
    const unknown = await flow.draft('t1', { saysAgain: digestNamed('never said') });
    expect(unknown.body.fields).toMatchObject([{ path: 'saysAgain', code: 'SAYS_AGAIN_UNKNOWN' }]);
    const made = await flow.signed('t1', {}, { saysAgain: digestNamed('never said') });
    const answer = await (await flow.as('t1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections });
    expect(answer.body.fields).toMatchObject([{ path: 'saysAgain', code: 'SAYS_AGAIN_UNKNOWN' }]);
  });
});

function asDraft({ class: kind, severity, eventType, texts: [said], body, targets, gapMs }: DraftAnswer['message']): Partial<Draft> {
  return { class: kind, severity, eventType, title: said?.title ?? '', segments: filesOf(body).map(({ sha256, role }) => ({ sha256, role })), targets, gapMs };
}
