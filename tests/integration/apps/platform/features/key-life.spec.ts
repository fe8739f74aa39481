import { digestSchema, type KeyRequestView } from '#libs/contracts';
import { fingerprintOf } from '#libs/domain';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { WatchSigners } from '../../../../../apps/platform/src/features/authority/keys/watch-signers';
import { draftPaper, keepPapers, keyRequest, provePossession, requestId, rostersInForce, signPapers, type DraftedPaper } from '../../../../support/key-life';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform, type Caller } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { makeKey, personOf, type TestKey } from '../../../../support/trust-builder';
import { until } from '../../../../support/until';

const DAY = 86_400_000;
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const sessions = new Map<string, Promise<Caller>>();
/** A session lasts half a day, and the clock of these tests jumps by weeks. */
const as = (who: string): Promise<Caller> => {
  const name = `${who} ${Math.floor(server.clock.now() / DAY)}`;
  const session = sessions.get(name) ?? server.signIn(who);
  sessions.set(name, session);
  return session;
};
const officer = (): Promise<Caller> => as('t1-officer-1');
const oldKey = (who: string): TestKey => server.world.key('t1', who);

/** A signed request in the list of the officers. */
async function ask(who: string, reason: 'lost' | 'changed'): Promise<{ readonly key: TestKey; readonly id: ReturnType<typeof requestId> }> {
  const key = await makeKey('es256');
  const request = await keyRequest('t1', `t1-${who}`, key, { replaces: oldKey(who).record.keyId, reason, madeAt: server.clock.now() });
  expect(await (await as(`t1-${who}`)).post('/api/keys/requests', request)).toMatchObject({ status: 201 });
  return { key, id: requestId(request) };
}

async function draft(renewals: Parameters<typeof draftPaper>[1], platform = 't1', requests: DraftedPaper['requests'] = []): Promise<DraftedPaper> {
  const held = (await rostersInForce(await officer())).get(platform);
  if (held === undefined) throw new Error(`no roster of ${platform}`);
  return draftPaper(held, renewals, server.clock.now(), requests);
}

describe('a person asks for a key', () => {
  it('only with the new key\'s own signature, only for oneself, and only in the place of a key of one\'s own', async () => {
    const author = await as('t1-author');
    const key = await makeKey('es256');
    const madeAt = server.clock.now();
    const good = await keyRequest('t1', 't1-author', key, { madeAt });
    const codes = await Promise.all([
      author.post('/api/keys/requests', { ...good, request: { ...good.request, madeAt: madeAt + 1 } }),
      author.post('/api/keys/requests', await keyRequest('t1', 't1-author', key, { madeAt }, (await makeKey('es256')).signer)),
      author.post('/api/keys/requests', await keyRequest('t1', 't1-approver-a', key, { madeAt })),
      author.post('/api/keys/requests', await keyRequest('v1', 't1-author', key, { madeAt })),
      author.post('/api/keys/requests', await keyRequest('t1', 't1-author', key, { madeAt, reason: 'lost', replaces: oldKey('approver-a').record.keyId })),
      author.post('/api/keys/requests', await keyRequest('t1', 't1-author', oldKey('author'), { madeAt })),
      author.post('/api/keys/requests', { ...good, request: { ...good.request, reason: 'lost' } }),
    ]);
    expect(codes.map(({ body }) => body.code)).toEqual(['KEY_PROOF', 'KEY_PROOF', 'FORBIDDEN', 'FORBIDDEN', 'KEY_UNKNOWN', 'KEY_EXISTS', 'INVALID']);
    expect((await author.post('/api/keys/requests', good)).status).toBe(201);
    expect((await author.post('/api/keys/requests', good)).body.code).toBe('KEY_EXISTS');
    expect((await author.delete(`/api/keys/requests/${requestId(good)}`)).status).toBe(204);
  });

  it('is seen by the officers of the platform and above, not by colleagues or neighbours, and is gone after seven days', async () => {
    const { id } = await ask('author', 'changed');
    const seenBy = async (who: string): Promise<boolean> => ((await (await as(who)).get('/api/keys/requests')).body as readonly { readonly id: string }[]).some((one) => one.id === id);
    expect(await Promise.all(['t1-author', 't1-officer-1', 'd-officer-1', 't1-approver-a', 't2-officer-1', 'v1-officer-1'].map(seenBy))).toEqual([true, true, true, false, false, false]);
    expect((await (await as('t2-officer-1')).delete(`/api/keys/requests/${id}`)).status).toBe(404);
    server.clock.advance(7 * DAY);
    expect(await seenBy('t1-officer-1')).toBe(false);
  });

  it('is turned down by an officer in reach with a reason that its person reads, and is open no longer', async () => {
    const { id } = await ask('author', 'changed');
    const listed = async (who: string): Promise<readonly KeyRequestView[]> => ((await (await as(who)).get('/api/keys/requests')).body as readonly KeyRequestView[]).filter((one) => one.id === id);
    const refuse = async (who: string): Promise<number> => (await (await as(who)).post(`/api/keys/requests/${id}/refusal`, { reason: '请用通行密钥' })).status;
    // Taken back by its person alone, so that no request vanishes without a reason.
    const taken = await (await as('t1-officer-1')).delete(`/api/keys/requests/${id}`);
    expect([taken.status, taken.body.code, taken.body.message]).toEqual([403, 'FORBIDDEN', expect.stringContaining(`/api/keys/requests/${id}/refusal`)]);
    expect([await refuse('t2-officer-1'), await refuse('t1-author'), await refuse('t1-officer-1'), await refuse('t1-officer-1')]).toEqual([404, 403, 200, 404]);
    expect(await listed('t1-officer-1')).toEqual([]);
    expect(await listed('t1-author')).toMatchObject([{ refused: { by: 't1-officer-1', reason: '请用通行密钥', at: server.clock.now() } }]);
    for (let more = 0; more < 4; more += 1) await (await as('t1-author')).delete(`/api/keys/requests/${(await ask('author', 'changed')).id}`);
  });

  it('shows a fingerprint that a swapped key does not have', async () => {
    const [mine, swapped] = await Promise.all([makeKey('es256'), makeKey('es256')]);
    const of = async (key: TestKey): Promise<readonly string[]> => fingerprintOf(requestId(await keyRequest('t1', 't1-author', key, { madeAt: 1 })));
    expect(await of(mine)).toEqual([expect.stringMatching(/^\d{5}$/), expect.any(String), expect.any(String), expect.any(String)]);
    expect(await of(mine)).not.toEqual(await of(swapped));
  });
});

describe('officers put it into force', () => {
  it('with two signatures over the same bytes: the new key counts, the lost one is revoked, the request is done', async () => {
    const { key, id } = await ask('author', 'lost');
    const old = oldKey('author').record.keyId;
    const paper = await draft([{ person: personOf('t1-author'), key: key.record, replaces: old, reason: 'lost' }], 't1', [id]);
    const [one, two] = server.world.officers('t1');
    if (one === undefined || two === undefined) throw new Error('two officers');
    expect(await keepPapers(await officer(), [paper])).toMatchObject({ status: 201, body: { papers: [paper.digest] } });
    expect((await signPapers(await officer(), [paper], one)).body).toEqual({ published: [], waiting: [paper.digest] });
    const [waiting] = (await (await officer()).get('/api/papers')).body;
    expect(waiting).toMatchObject({ digest: paper.digest, payload: paper.payload, signedBy: ['t1-officer-1'], threshold: 2, stale: false, requests: [id] });
    // The same officer again is still one person.
    expect((await signPapers(await officer(), [paper], one)).body.published).toEqual([]);
    expect((await signPapers(await as('d-officer-1'), [paper], two)).body).toEqual({ published: [paper.digest], waiting: [] });
    const now = (await rostersInForce(await officer())).get('t1');
    expect(now?.roster.persons.find((person) => person.id === 't1-author')?.keys).toEqual([key.record]);
    expect(now?.roster.revocations).toEqual([{ keyId: old, reason: 'compromised', since: paper === undefined ? 0 : now?.roster.issuedAt }]);
    expect((await (await officer()).get('/api/papers')).body).toEqual([]);
    expect((await (await officer()).get('/api/keys/requests')).body).toEqual([]);
  });

  it('never with a key that is no officer\'s, a signature over other bytes, or a paper that nobody kept', async () => {
    const key = await makeKey('es256');
    const paper = await draft([{ person: personOf('t1-stopper'), key: key.record, replaces: null, reason: 'new' }]);
    const [one] = server.world.officers('t1');
    if (one === undefined) throw new Error('an officer');
    expect((await keepPapers(await officer(), [paper])).status).toBe(201);
    expect((await signPapers(await officer(), [paper], server.world.key('t1', 'approver-a').signer)).body.code).toBe('REJ_KEY_USAGE');
    expect((await signPapers(await officer(), [{ ...paper, payload: Buffer.from('{}').toString('base64') }], one)).body.code).toBe('REJ_SIGNATURE');
    expect((await signPapers(await officer(), [{ ...paper, digest: digestSchema.parse('0'.repeat(64)) }], one)).body.code).toBe('NOT_FOUND');
    expect((await signPapers(await as('t2-officer-1'), [paper], one)).body.code).toBe('NOT_FOUND');
    expect((await (await as('t1-approver-a')).get('/api/papers')).status).toBe(403);
  });

  it('and a paper is stale once the roster has moved on: refused with a clear code, drafted anew from the same request', async () => {
    const [one, two] = server.world.officers('t1');
    if (one === undefined || two === undefined) throw new Error('two officers');
    const [first, second] = [await makeKey('es256'), await makeKey('es256')];
    const renewal = { person: personOf('t1-approver-c'), key: second.record, replaces: null, reason: 'new' as const };
    const [ahead, late] = [await draft([{ person: personOf('t1-stopper'), key: first.record, replaces: null, reason: 'new' }]), await draft([renewal])];
    await keepPapers(await officer(), [ahead, late]);
    await signPapers(await officer(), [late], one);
    await signPapers(await officer(), [ahead], one);
    expect((await signPapers(await officer(), [ahead], two)).body.published).toEqual([ahead.digest]);
    const refused = await signPapers(await officer(), [late], two);
    expect([refused.status, refused.body.code]).toEqual([409, 'PAPER_STALE']);
    expect(((await (await officer()).get('/api/papers')).body as readonly { readonly digest: string; readonly stale: boolean }[]).find(({ digest }) => digest === late.digest)?.stale).toBe(true);
    expect((await keepPapers(await officer(), [late])).body.code).toBe('PAPER_STALE');
    const again = await draft([renewal]);
    await keepPapers(await officer(), [again]);
    await signPapers(await officer(), [again], one);
    expect((await signPapers(await officer(), [again], two)).body.published).toEqual([again.digest]);
    expect((await (await officer()).delete(`/api/papers/${late.digest}`)).status).toBe(204);
  });

  it('all of a batch or none of it', async () => {
    const [one, two] = server.world.officers('t1');
    if (one === undefined || two === undefined) throw new Error('two officers');
    const good = await draft([{ person: personOf('v1-author'), key: (await makeKey('es256')).record, replaces: null, reason: 'new' }], 'v1');
    // A key of the same village's dispatcher may not be a person's.
    const held = (await rostersInForce(await officer())).get('v2');
    if (held === undefined) throw new Error('no roster of v2');
    const bad = draftPaper({ ...held, roster: { ...held.roster, expiresAt: held.roster.expiresAt + 400 * DAY } }, [{ person: personOf('v2-author'), key: (await makeKey('es256')).record, replaces: null, reason: 'new' }], server.clock.now());
    await keepPapers(await officer(), [good, bad]);
    await signPapers(await officer(), [good, bad], one);
    const refused = await signPapers(await officer(), [good, bad], two);
    expect(refused.body.code).toBe('REJ_WIDENS');
    const waiting = (await (await officer()).get('/api/papers')).body as readonly { readonly digest: string; readonly signedBy: readonly string[] }[];
    expect(waiting.filter(({ digest }) => [good.digest, bad.digest].some((own) => own === digest)).map(({ signedBy }) => signedBy)).toEqual([['t1-officer-1'], ['t1-officer-1']]);
    expect((await signPapers(await officer(), [good], two)).body.published).toEqual([good.digest]);
  });
});

describe('who can sign now', () => {
  const check = (): Promise<void> => server.app.get(WatchSigners, { strict: false }).check();
  const incidents = async (state = 'standing'): Promise<readonly { readonly platform: string; readonly state: string }[]> =>
    ((await (await as('d-stopper')).get(`/api/incidents?state=${state}`)).body as readonly { readonly kind: string; readonly platform: string; readonly state: string }[]).filter(({ kind }) => kind === 'signers-short');

  it('is everybody whose key stands and was shown within 35 days; below what the policy needs an incident stands, once, and ends by itself', async () => {
    await check();
    const before = (await (await officer()).get('/api/trust/can-sign?platform=v2')).body;
    expect(before).toMatchObject([{ platform: 'v2', enough: true, cases: [{ classes: ['emergency', 'advisory'], able: 3, of: 3, needs: 1, verification: 'all' }, { classes: ['notice', 'governance', 'daily'], able: 3, of: 3, needs: 1 }] }]);
    server.clock.advance(36 * DAY);
    await check();
    await check();
    await flow.settle();
    await until(async () => (await incidents()).some(({ platform }) => platform === 'v2'));
    const [short] = (await (await officer()).get('/api/trust/can-sign?platform=v2')).body;
    expect(short).toMatchObject({ enough: false, cases: [{ able: 0, of: 3, needs: 1, lacks: 'approvers' }, { able: 0 }] });
    expect(short.persons.find(({ person }: { readonly person: string }) => person === 'v2-approver-a')).toMatchObject({ able: false, why: 'stale' });
    expect((await incidents()).filter(({ platform }) => platform === 'v2')).toHaveLength(1);
    for (const who of ['author', 'approver-a']) expect((await provePossession(await as(`v2-${who}`), 'v2', `v2-${who}`, server.world.key('v2', who))).status).toBe(200);
    const [healed] = (await (await officer()).get('/api/trust/can-sign?platform=v2')).body;
    expect(healed).toMatchObject({ enough: true, cases: [{ able: 1, of: 3, needs: 1, lacks: null }, { able: 1 }] });
    await check();
    await until(async () => !(await incidents()).some(({ platform }) => platform === 'v2'));
    expect((await incidents('all')).filter(({ platform }) => platform === 'v2')).toMatchObject([{ state: 'closed' }]);
  });

  it('is shown by a signature over a fresh challenge, with one\'s own key, once', async () => {
    const caller = await as('t2-author');
    const key = server.world.key('t2', 'author');
    const shown = await provePossession(caller, 't2', 't2-author', key);
    expect(shown.body).toMatchObject([{ keyId: key.record.keyId, state: 'shown', shownAt: server.clock.now(), dueAt: server.clock.now() + 30 * DAY }]);
    expect((await provePossession(caller, 't2', 't2-author', server.world.key('t2', 'approver-a'))).body.code).toBe('KEY_UNKNOWN');
    expect((await provePossession(caller, 't1', 't2-author', key)).body.code).toBe('KEY_PROOF');
    server.clock.advance(30 * DAY);
    expect((await (await as('t2-author')).get('/api/keys')).body).toMatchObject([{ state: 'due' }]);
  });
});
