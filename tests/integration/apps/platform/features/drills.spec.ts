import { encodePayload } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { digestSchema, type TemplateView } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { DrillPlans } from '../../../../../apps/platform/src/features/messages/drills/drill-plans';
import { CONFIG } from '../../../../../apps/platform/src/kernel/tokens';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server, { without: ['v3-term-1'] });
const HOUR = 3_600_000;
const SAID = '这是演练。请到村口集合。以上是演练内容。';

const codes = ({ body }: Answer): readonly string[] => (body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`).sort();

function planOf(set: object = {}): object {
  const now = server.clock.now();
  return { name: '防汛演练', kind: 'terminal', areas: ['v1-area'], opensAt: now, closesAt: now + 3 * HOUR, notice: '今天下午防汛演练，请不要恐慌。', ...set };
}
async function plan(set: object = {}, account = 't1-author'): Promise<Answer> {
  return (await flow.as(account)).post('/api/drills', planOf(set));
}
/** A drill message inside its plan. */
function drillDraft(drill: string, set: object = {}): object {
  const now = server.clock.now();
  return { mode: 'drill', drill, title: '演练：防汛', text: SAID, targets: { areas: ['v1-area'], terminals: [] }, notBefore: now, notAfter: now + HOUR, ...set };
}

describe('planning a drill', () => {
  it('keeps it with who and when, shows it in reach, and cancels it once', async () => {
    const made = await plan({ areas: ['360123000003', 't1-area'] });
    expect([made.status, made.body.platform, made.body.plannedBy, made.body.areas, made.body.cancelledAt]).toEqual([201, 't1', 't1-author', ['v1-area', 't1-area'], null]);
    expect((await (await flow.as('d-author')).get('/api/drills')).body.map(({ id }: { id: string }) => id)).toContain(made.body.id);
    expect((await (await flow.as('t2-author')).get('/api/drills')).body).toEqual([]);
    const cancel = async (account: string) => (await flow.as(account)).post(`/api/drills/${made.body.id}/cancel`, {});
    expect([(await cancel('t2-author')).body.code, (await cancel('d-author')).body.code]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect((await cancel('t1-admin')).status).toBe(403);
    expect((await cancel('t1-approver-a')).body.cancelledAt).toBe(server.clock.now());
    expect((await cancel('t1-author')).body.code).toBe('WRONG_STATE');
    expect((await (await flow.as('t1-author')).post('/api/drills/nonsense/cancel', {})).body.code).toBe('NOT_FOUND');
    expect(codes(await flow.draft('t1', drillDraft(made.body.id)))).toEqual(['drill DRILL_CANCELLED']);
  });

  it('names every wrong field at once', async () => {
    const now = server.clock.now();
    const answer = await plan({ name: '防汛', areas: ['atlantis', 't2-area'], opensAt: now - 2, closesAt: now - 1, notice: '这不是演练。' });
    expect([answer.status, ...codes(answer)]).toEqual([403, 'areas.0 AREA_UNKNOWN', 'areas.1 AREA_FOREIGN', 'closesAt WINDOW_OVER', 'name DRILL_NOT_SAID', 'notice DRILL_DENIED']);
    expect(codes(await plan({ closesAt: now - HOUR }))).toEqual(['closesAt WINDOW_EMPTY']);
    expect(codes(await plan({ closesAt: now + 25 * HOUR }))).toEqual(['closesAt WINDOW_TOO_LONG']);
    expect((await plan({ kind: 'real' })).status).toBe(422);
  });

  it('is announced long enough before when it is heard; a silent one need not be', async () => {
    const config = server.app.get<{ drillLeadHours: number }>(CONFIG);
    Object.assign(config, { drillLeadHours: 24 });
    try {
      const now = server.clock.now();
      expect(codes(await plan({ opensAt: now + 23 * HOUR, closesAt: now + 25 * HOUR }))).toEqual(['opensAt DRILL_NOT_ANNOUNCED']);
      expect((await plan({ opensAt: now + 24 * HOUR, closesAt: now + 25 * HOUR })).status).toBe(201);
      expect((await plan({ kind: 'front-end' })).status).toBe(201);
    } finally {
      Object.assign(config, { drillLeadHours: 0 });
    }
  });

  it('gives the same drill for the same idempotency key', async () => {
    const author = await flow.as('t1-author');
    const key = { 'idempotency-key': '0191f2d0-0000-7000-8000-000000000001' };
    const body = planOf();
    const [one, two] = [await author.post('/api/drills', body, key), await author.post('/api/drills', body, key)];
    expect(one.body.id).toBe(two.body.id);
  });

  it('that is cancelled while a message of it is being judged takes it no more', async () => {
    const author = await flow.as('t1-author');
    const { body: drill } = await plan();
    const made = await flow.signed('t1', drillDraft(drill.id));
    const plans = server.app.get(DrillPlans);
    const judge = plans.judge.bind(plans);
    jest.spyOn(plans, 'judge').mockImplementationOnce(async (...question) => {
      const answer = await judge(...question);
      expect((await author.post(`/api/drills/${drill.id}/cancel`, {})).body.code).toBeUndefined();
      return answer;
    });
    expect(codes(await author.post('/api/messages', { message: made.envelope, corrections: made.corrections, hold: false }))).toEqual(['drill DRILL_CANCELLED']);
  });

  it('is not cancelled under a message that is open', async () => {
    const { body: drill } = await plan();
    const made = await flow.submit('t1', drillDraft(drill.id));
    const author = await flow.as('t1-author');
    const refused = await author.post(`/api/drills/${drill.id}/cancel`, {});
    expect([refused.status, refused.body.code]).toEqual([409, 'DRILL_IN_USE']);
    expect(refused.body.message).toContain(made.id);
    await author.post(`/api/messages/${made.id}/withdraw`, { reason: '' });
    expect((await author.post(`/api/drills/${drill.id}/cancel`, {})).status).toBe(200);
  });
});

describe('a drill message', () => {
  it('stays inside the plan of its own platform: place, window, kind, words', async () => {
    const { body: drill } = await plan();
    const now = server.clock.now();
    expect((await flow.draft('t1', drillDraft(drill.id))).body.message.drill).toEqual({ plan: drill.id, kind: 'terminal' });
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { targets: { areas: ['v1-area', 'v2-area'], terminals: ['v1-term-1', 't1-term-1'] } })))).toEqual(['targets.areas.1 DRILL_OUTSIDE', 'targets.terminals.1 DRILL_OUTSIDE']);
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { notAfter: now + 4 * HOUR })))).toEqual(['notAfter DRILL_WINDOW']);
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { text: '请到村口集合。' })))).toEqual(['text DRILL_NOT_SAID_FIRST', 'text DRILL_NOT_SAID_LAST']);
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { text: `这是演练。这并 非 演 练！以上是演练内容。` })))).toEqual(['text DRILL_DENIED']);
    expect(codes(await flow.draft('d', drillDraft(drill.id, { targets: { areas: ['d-area'], terminals: [] } })))).toEqual(['drill DRILL_UNKNOWN']);
    expect(codes(await flow.draft('t1', drillDraft('0191f2d0-0000-7000-8000-00000000dead')))).toEqual(['drill DRILL_UNKNOWN']);
  });

  it('carries the marks of a drill around its sound, and so do its corrections', async () => {
    const { body: drill } = await plan();
    const { body } = await flow.draft('t1', drillDraft(drill.id));
    expect(filesOf(body.message.body).length).toBeGreaterThan(2);
    expect(body.corrections.every(({ message }: { message: { mode: string; drill: { plan: string } } }) => message.mode === 'drill' && message.drill.plan === drill.id)).toBe(true);
  });

  it('says so in its title, and in the author\'s own words that take it back', async () => {
    const { body: drill } = await plan();
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { title: '防汛' })))).toEqual(['title DRILL_TITLE']);
    const corrections = [{ kind: 'correction', text: '刚才的广播是误发，请不要恐慌。' }, { kind: 'all-clear', text: '演练。警报已经解除，这不是演练。以上是演练。' }];
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { corrections })))).toEqual(['corrections.0.text DRILL_NOT_SAID_FIRST', 'corrections.0.text DRILL_NOT_SAID_LAST', 'corrections.1.text DRILL_DENIED']);
    const said = [{ kind: 'correction', text: '演练。刚才的演练广播有误，请不要恐慌。以上是演练。' }];
    expect((await flow.draft('t1', drillDraft(drill.id, { corrections: said }))).status).toBe(200);
    // Words of the title that a drill's text may not use between its ends are left out of the standing ones.
    const standing = await flow.draft('t1', drillDraft(drill.id, { title: '演练：真火' }));
    expect(standing.body.corrections.map(({ message }: { message: { texts: { text: string }[] } }) => message.texts[0]?.text)).toEqual(['演练。刚才播出的广播是误发，请不要恐慌。以上是演练。', '演练。刚才的警报已经解除。以上是演练。']);
  });

  it('is refused when signed with other words or sounds than the draft\'s, its corrections too', async () => {
    const { body: drill } = await plan();
    const author = await flow.as('t1-author');
    const good = await flow.signed('t1', drillDraft(drill.id));
    const texts = [...good.message.texts, { language: 'en', title: 'Flood', text: 'This is a drill. Now it is real. End of drill.' }];
    const unsaid = await flow.signed('t1', drillDraft(drill.id), { texts });
    expect(codes(await author.post('/api/messages', { message: unsaid.envelope, corrections: unsaid.corrections }))).toEqual(['texts.1.text DRILL_DENIED', 'texts.1.title DRILL_TITLE']);
    const segments = filesOf(good.message.body).slice(1, -1);
    const unmarked = await flow.signed('t1', drillDraft(drill.id), { body: { segments: [...segments.slice(1, 2).map((one) => ({ ...one, role: 'speech' as const })), ...segments] } });
    expect(codes(await author.post('/api/messages', { message: unmarked.envelope, corrections: unmarked.corrections }))).toEqual(expect.arrayContaining(['body.segments.0.sha256 DRILL_NOT_SAID_FIRST']));
    const [first, second] = good.corrections.map((one) => JSON.parse(Buffer.from(one.payload, 'base64').toString()) as typeof good.message);
    if (first === undefined || second === undefined) throw new Error('no corrections');
    const lying = encodePayload({ ...first, texts: [{ language: 'zh-CN', title: first.texts[0]?.title ?? '', text: '刚才的警报是实情，请转移。' }] });
    const correction = await signEnvelope('message', lying, [server.world.key('t1', 'author').signer]);
    const relisted = await flow.signed('t1', drillDraft(drill.id), { corrections: [{ kind: 'correction', digest: digestSchema.parse(sha256Hex(lying)) }] });
    expect(codes(await author.post('/api/messages', { message: relisted.envelope, corrections: [correction] }))).toEqual(expect.arrayContaining(['corrections.0.texts.0.text DRILL_NOT_SAID_FIRST']));
  });

  it('comes from a drill\'s template as well', async () => {
    const { body: drill } = await plan();
    const author = await flow.as('t1-author');
    const { fields } = (await author.get('/api/templates/drill-flood')).body as TemplateView;
    const now = server.clock.now();
    const answer = await author.post('/api/templates/drill-flood/draft', {
      fields: Object.fromEntries(fields.map(({ name, example }) => [name, example])), areas: ['v1-area'], drill: drill.id, notBefore: now, notAfter: now + HOUR,
    });
    expect([answer.status, answer.body.message?.mode, answer.body.message?.drill]).toEqual([200, 'drill', { plan: drill.id, kind: 'terminal' }]);
  });
});

describe('from a drill to what is meant', () => {
  it('no draft leads: not by its mode, not by its plan', async () => {
    const { body: drill } = await plan();
    expect(codes(await flow.draft('t1', { ...drillDraft(drill.id), mode: 'actual' }))).toEqual(['drill DRILL_ONLY', 'text ACTUAL_SAYS_DRILL', 'title ACTUAL_SAYS_DRILL']);
    expect(codes(await flow.draft('t1', { ...drillDraft(drill.id), drill: undefined }))).toEqual(['drill DRILL_MISSING']);
    const flood = { fields: {}, areas: ['v1-area'], drill: drill.id };
    expect(codes(await (await flow.as('t1-author')).post('/api/templates/flood-red/draft', flood))).toContain('drill DRILL_ONLY');
  });

  it('no edit of signed bytes leads: neither the same signature nor the same approvals', async () => {
    const { body: drill } = await plan();
    const made = await flow.signed('t1', drillDraft(drill.id));
    const author = await flow.as('t1-author');
    const real = encodePayload({ ...made.message, mode: 'actual', drill: null });
    const forged = { ...made.envelope, payload: Buffer.from(real).toString('base64') };
    expect((await author.post('/api/messages', { message: forged, corrections: made.corrections })).body.code).toBe('REJ_SIGNATURE');
    // Signed anew it is another message: the drill's corrections do not fit it, nor do its approvals.
    const anew = await signEnvelope('message', real, [server.world.key('t1', 'author').signer]);
    expect((await author.post('/api/messages', { message: anew, corrections: made.corrections })).status).toBeGreaterThanOrEqual(400);
    // Half a change is no message at all.
    for (const change of [{ mode: 'actual' }, { drill: null }]) {
      const half = await signEnvelope('message', encodePayload({ ...made.message, ...change }), [server.world.key('t1', 'author').signer]);
      expect((await author.post('/api/messages', { message: half, corrections: made.corrections })).body.code).toBe('REJ_SCHEMA');
    }
  });

  it('no second life leads: its bytes again are refused, its approvals fit nothing else', async () => {
    const { body: drill } = await plan();
    const one = await flow.submit('t1', drillDraft(drill.id));
    const author = await flow.as('t1-author');
    const again = await author.post('/api/messages', { message: one.envelope, corrections: one.corrections });
    expect(again.body.code).toBe('MESSAGE_EXISTS');
    const actual = await flow.submit('t1', { targets: { areas: ['v1-area'], terminals: [] } });
    const approval = await server.world.approval('t1', one.envelope, 'approver-a', { set: { signedAt: server.clock.now() } });
    const crossed = await (await flow.as('t1-approver-a')).post(`/api/messages/${actual.id}/approvals`, { approval });
    expect(crossed.body.code).toBe('REJ_APPROVAL_DIGEST');
  });

  it('no other kind leads: a silent drill signed as one that is heard is refused', async () => {
    const { body: drill } = await plan({ kind: 'front-end' });
    const made = await flow.signed('t1', drillDraft(drill.id), { drill: { plan: drill.id, kind: 'terminal' } });
    const answer = await (await flow.as('t1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections });
    expect(codes(answer)).toContain('drill.kind DRILL_KIND');
  });

  it('no row of the database leads: mode and bytes cannot be updated, and altered bytes dispatch nothing', async () => {
    const { body: drill } = await plan();
    const made = await flow.submit('t1', drillDraft(drill.id));
    await expect(db.asOwner(`UPDATE message SET mode = 'actual' WHERE id = '${made.id}'`)).rejects.toThrow('does not change');
    await expect(db.asOwner(`UPDATE message SET envelope = replace(envelope, 'a', 'b') WHERE id = '${made.id}'`)).rejects.toThrow('does not change');
  });

  it('and none leads back: a drill never ends what is meant by replacing it; another drill it may', async () => {
    const { body: drill } = await plan();
    const actual = await flow.submit('t1', { targets: { areas: ['v1-area'], terminals: [] } });
    expect(codes(await flow.draft('t1', drillDraft(drill.id, { replaces: actual.digest })))).toEqual(['replaces REPLACES_OTHER_MODE']);
    const made = await flow.signed('t1', drillDraft(drill.id), { replaces: digestSchema.parse(actual.digest) });
    expect(codes(await (await flow.as('t1-author')).post('/api/messages', { message: made.envelope, corrections: made.corrections }))).toContain('replaces REPLACES_OTHER_MODE');
    const other = await flow.submit('t1', drillDraft(drill.id));
    expect((await flow.draft('t1', drillDraft(drill.id, { replaces: other.digest }))).status).toBe(200);
    expect(codes(await flow.draft('t1', { replaces: other.digest }))).toEqual(['replaces REPLACES_OTHER_MODE']);
  });

  it('no route leads: nothing of the API takes a mode but drafts and templates', async () => {
    const { body } = await server.call('GET', '/api/openapi.json');
    const takes = Object.entries(body.paths as Record<string, Record<string, { requestBody?: unknown }>>).flatMap(([at, verbs]) =>
      Object.entries(verbs).filter(([, { requestBody }]) => JSON.stringify(resolved(body, requestBody) ?? {}).includes('"mode"')).map(([verb]) => `${verb.toUpperCase()} ${at}`));
    expect(takes.sort()).toEqual(['POST /api/messages/draft', 'PUT /api/templates/{id}']);
  });
});

/** A part of the OpenAPI document with its references looked up. */
function resolved(document: unknown, part: unknown, depth = 0): unknown {
  if (depth > 12 || typeof part !== 'object' || part === null) return part;
  const ref: unknown = Reflect.get(part, '$ref');
  if (typeof ref === 'string') return resolved(document, ref.slice(2).split('/').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], document), depth + 1);
  return Array.isArray(part) ? part.map((one) => resolved(document, one, depth + 1)) : Object.fromEntries(Object.entries(part).map(([name, one]) => [name, resolved(document, one, depth + 1)]));
}

describe('a drill on every screen', () => {
  it('stands on the picture of everybody over whose areas it goes: planned, soon from ten minutes before, running, and gone after', async () => {
    const now = server.clock.now();
    const { body: drill } = await plan({ name: '学校疏散演练', areas: ['v1-area'], opensAt: now + HOUR, closesAt: now + 2 * HOUR }, 'd-author');
    const phase = async (account: string): Promise<unknown> => {
      // A session ends while the clock moves on: sign in anew.
      const { body } = await (await server.signIn(account)).get('/api/on-air');
      return body.drills.find(({ id }: { id: string }) => id === drill.id)?.phase;
    };
    expect([await phase('d-author'), await phase('v1-author'), await phase('t1-author'), await phase('t2-author'), await phase('v2-author')]).toEqual(['planned', 'planned', 'planned', undefined, undefined]);
    server.clock.advance(HOUR - 600_000);
    expect(await phase('v1-author')).toBe('soon');
    server.clock.advance(600_000);
    expect(await phase('v1-author')).toBe('running');
    server.clock.advance(HOUR);
    expect(await phase('v1-author')).toBeUndefined();
  });
});
