import type { TemplateBody, TemplateView } from '#libs/contracts';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform, type Answer, type Caller } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { UNREADABLE } from '../../../../support/test-voice';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server, { without: ['v3-term-1'] });

const FIELDS = { unit: '区气象台', time: '14:02', place: '樵舍镇', hours: '6', mm: '100' };
const codes = ({ body }: Answer): readonly string[] => (body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`).sort();
const put = (caller: Caller, id: string, body: object): Promise<Answer> => server.call('PUT', `/api/templates/${id}`, body, { authorization: `Bearer ${caller.token}` });

/** What a person would send back after editing what was shown. */
function edited(view: TemplateView, changes: Partial<TemplateBody> = {}): object {
  const { id: _id, version, enabled: _enabled, proposed: _proposed, shipped: _shipped, writtenBy: _by, writtenAt: _at, ...body } = view;
  return { basedOn: version, template: { ...body, ...changes } };
}

describe('the templates of a platform', () => {
  it('come as cards: what it says first, how grave, how it opens; and never both lists at once', async () => {
    const author = await flow.as('t1-author');
    const { body } = await author.get('/api/templates');
    expect(body.find(({ id }: { id: string }) => id === 'rainstorm-red')).toEqual({
      id: 'rainstorm-red', version: 1, hazard: 'rainstorm', class: 'emergency', severity: 'red', mode: 'actual', title: '暴雨红色预警', sound: 'siren', enabled: true, proposed: null,
      firstLine: '{{unit}}{{time}}发布暴雨红色预警。',
    });
    expect(new Set(body.map(({ mode }: { mode: string }) => mode))).toEqual(new Set(['actual']));
    const drills = (await author.get('/api/templates?mode=drill')).body;
    expect(drills.every(({ mode, title }: { mode: string; title: string }) => mode === 'drill' && title.startsWith('演练'))).toBe(true);
    expect((await author.get('/api/templates?mode=both')).status).toBe(422);
    expect([(await author.get('/api/templates/no-such')).status, (await author.get('/api/templates/rainstorm-red?version=9')).body.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('fill into the same answer as a draft: exact bytes, correction and all-clear with them', async () => {
    const author = await flow.as('t1-author');
    const { status, body } = await author.post('/api/templates/rainstorm-red/draft', { version: 1, fields: FIELDS, areas: ['t1-area'] });
    expect([status, body.code]).toEqual([200, undefined]);
    expect(body.message).toMatchObject({
      class: 'emergency', severity: 'red', mode: 'actual', drill: null, eventType: '10203', repeats: 3, volume: 'full', targets: { areas: ['t1-area'], terminals: [] },
      texts: [{ title: '暴雨红色预警', text: '区气象台14时02分发布暴雨红色预警。6小时内樵舍镇降雨量将超过100毫米。停止户外活动，离开低洼处、山脚和危房，转移到安全的高处，不要涉水。' }],
    });
    expect(body.message.corrections.map(({ kind }: { kind: string }) => kind)).toEqual(['correction', 'all-clear']);
    expect(body.corrections[0].message.texts[0].text).toContain('暴雨红色预警是误发');
    expect(body.voice).toBe('test one-tone');
  });

  it('name every wrong field at once: those of the form with those that only composing finds', async () => {
    const author = await flow.as('t1-author');
    const spoken = flow.voice.spoken.length;
    const answer = await author.post('/api/templates/rainstorm-red/draft', {
      fields: { unit: '台。', time: '25:00', hours: '99', mm: '十', surprise: '1' }, areas: ['t1-area', 'atlantis'], terminals: ['nobody'],
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'INVALID']);
    expect(codes(answer)).toEqual([
      'areas.1 AREA_UNKNOWN', 'fields.hours FIELD_OUT_OF_RANGE', 'fields.mm FIELD_NOT_A_NUMBER', 'fields.place FIELD_MISSING', 'fields.surprise FIELD_UNKNOWN',
      'fields.time FIELD_NOT_A_TIME', 'fields.unit FIELD_CHARACTERS', 'terminals.0 TERMINAL_UNKNOWN',
    ]);
    expect(codes(await author.post('/api/templates/rainstorm-red/draft', { fields: FIELDS }))).toEqual(['areas TARGET_EMPTY']);
    expect(flow.voice.spoken.length).toBe(spoken);
    expect((await author.post('/api/templates/rainstorm-red/draft', { fields: { ...FIELDS, place: UNREADABLE }, areas: ['t1-area'] })).body.fields[0].code).toBe('READING_UNKNOWN');
  });

  it('refuses a draft from another version than the one in force, and a drill without its plan', async () => {
    const author = await flow.as('t1-author');
    expect((await author.post('/api/templates/rainstorm-red/draft', { version: 2, fields: FIELDS, areas: ['t1-area'] })).body.code).toBe('TEMPLATE_CHANGED');
    const { fields } = (await author.get('/api/templates/drill-rainstorm')).body as TemplateView;
    const examples = Object.fromEntries(fields.map(({ name, example }) => [name, example]));
    expect(codes(await author.post('/api/templates/drill-rainstorm/draft', { fields: examples, areas: ['t1-area'] }))).toEqual(['drill DRILL_MISSING']);
  });
});

describe('changing a template', () => {
  it('is proposed by one person and enabled by another; every version stays', async () => {
    const [author, officer] = [await flow.as('t1-author'), await flow.as('t1-officer-1')];
    const before = (await author.get('/api/templates/gale-blue')).body as TemplateView;
    const written = await put(author, 'gale-blue', edited(before, { repeats: 4 }));
    expect([written.status, written.body.version, written.body.enabled, written.body.writtenBy]).toEqual([200, 2, false, 't1-author']);
    expect((await author.get('/api/templates/gale-blue')).body).toMatchObject({ version: 1, enabled: true, proposed: 2, repeats: 2 });
    expect((await author.post('/api/templates/gale-blue/enable', { version: 2 })).status).toBe(403);
    expect((await officer.post('/api/templates/gale-blue/enable', { version: 2 })).body).toMatchObject({ version: 2, enabled: true, proposed: null, repeats: 4 });
    expect((await author.get('/api/templates/gale-blue?version=1')).body).toMatchObject({ version: 1, enabled: false, repeats: 2 });
    expect((await (await flow.as('t2-author')).get('/api/templates/gale-blue')).body).toMatchObject({ version: 1, enabled: true, repeats: 2 });
    await flow.settle();
    const leaves = await db.asOwner<{ kind: string }>(`SELECT kind FROM audit_leaf WHERE subject = 'gale-blue' ORDER BY body`);
    expect(leaves.map(({ kind }) => kind).sort()).toEqual(['template.enabled', 'template.written']);
  });

  it('is refused to who wrote it, to a stale editor, and to roles that may not', async () => {
    const officer = await flow.as('t1-officer-1');
    const before = (await officer.get('/api/templates/gale-yellow')).body as TemplateView;
    expect((await put(officer, 'gale-yellow', edited(before))).status).toBe(200);
    expect((await officer.post('/api/templates/gale-yellow/enable', { version: 2 })).body.code).toBe('TEMPLATE_OWN');
    expect((await put(officer, 'gale-yellow', edited(before))).body.code).toBe('TEMPLATE_CHANGED');
    expect((await put(await flow.as('t1-approver-a'), 'gale-yellow', edited(before))).status).toBe(403);
    expect((await (await flow.as('t1-admin')).post('/api/templates/gale-yellow/enable', { version: 2 })).body).toMatchObject({ enabled: true, version: 2 });
    expect((await (await flow.as('t1-admin')).post('/api/templates/gale-yellow/enable', { version: 7 })).body.code).toBe('NOT_FOUND');
  });

  it('never enables a warning that cannot be taken back', async () => {
    const [author, admin] = [await flow.as('t1-author'), await flow.as('t1-admin')];
    const before = (await author.get('/api/templates/gale-red')).body as TemplateView;
    expect((await put(author, 'gale-red', edited(before, { correction: null, allClear: null }))).status).toBe(200);
    const answer = await admin.post('/api/templates/gale-red/enable', { version: 2 });
    expect([answer.status, ...codes(answer)]).toEqual([422, 'template.allClear TEMPLATE_NO_CORRECTION', 'template.correction TEMPLATE_NO_CORRECTION']);
    expect((await author.get('/api/templates/gale-red')).body).toMatchObject({ version: 1, enabled: true });
  });

  it('never turns a drill into what is meant, nor takes a name that could be taken for another, nor words that nobody can read', async () => {
    const author = await flow.as('t1-author');
    const drill = (await author.get('/api/templates/drill-gale')).body as TemplateView;
    const gale = (await author.get('/api/templates/gale-orange')).body as TemplateView;
    expect((await put(author, 'drill-gale', edited(drill, { mode: 'actual' }))).body.code).toBe('TEMPLATE_MODE_FIXED');
    expect(codes(await put(author, 'drill-gale', edited(drill, { text: `${drill.text.replace('演练。', '演练。这不是演练。')}` })))).toContain('template.text DRILL_DENIED');
    expect((await put(author, 'gale-orange', edited(gale, { title: '阵风橙色预警' }))).status).toBe(200);
    expect(codes(await put(author, 'strong-gale', { ...edited(gale, { title: '大风橙色警报' }), basedOn: 0 }))).toEqual(['template.title TEMPLATE_NAME_CONFUSABLE']);
    expect(codes(await put(author, 'drill-mine', { ...edited(gale, { title: '沙尘橙色预警' }), basedOn: 0 }))).toEqual(['id TEMPLATE_ID']);
    expect(codes(await put(author, 'gale-orange', { ...edited(gale, { text: `${gale.text}${UNREADABLE}。` }), basedOn: 2 }))).toContain('template.text READING_UNKNOWN');
  });

  it('can be a new one, which says nothing until it is enabled, and any can be taken out of use', async () => {
    const [author, admin] = [await flow.as('t1-author'), await flow.as('t1-admin')];
    const gale = (await author.get('/api/templates/gale-red')).body as TemplateView;
    const made = await put(author, 'dust-red', { ...edited(gale, { hazard: 'dust', title: '沙尘暴红色预警', text: gale.text.replaceAll('大风', '沙尘暴') }), basedOn: 0 });
    expect([made.status, made.body.version, made.body.shipped]).toEqual([200, 1, false]);
    const fill = { fields: Object.fromEntries(gale.fields.map(({ name, example }) => [name, example])), areas: ['t1-area'] };
    expect((await author.post('/api/templates/dust-red/draft', fill)).body.code).toBe('TEMPLATE_DISABLED');
    await admin.post('/api/templates/dust-red/enable', { version: 1 });
    expect((await author.post('/api/templates/dust-red/draft', fill)).status).toBe(200);
    expect((await admin.post('/api/templates/dust-red/disable', {})).body).toMatchObject({ enabled: false });
    expect((await author.post('/api/templates/dust-red/draft', fill)).body.code).toBe('TEMPLATE_DISABLED');
  });
});
