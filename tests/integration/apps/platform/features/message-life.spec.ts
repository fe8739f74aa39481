import { platformRoutes } from '#libs/contracts';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { readPayload, useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { digestNamed } from '../../../../support/trust-builder';
import { until } from '../../../../support/until';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

const stateOf = async (id: string): Promise<string> => String((await db.asOwner<{ state: string }>('SELECT state FROM message WHERE id = $1', [id]))[0]?.state);
const count = async (sql: string, id: string): Promise<number> => Number((await db.asOwner<{ count: string }>(sql, [id]))[0]?.count);
const dispatches = (id: string): Promise<number> => count('SELECT count(*) FROM dispatch WHERE message = $1', id);
const withdraw = async (id: string, who = 't1-author') => (await flow.as(who)).post(`/api/messages/${id}/withdraw`, { reason: '改期' });

describe('races', () => {
  it('two approvers at the same moment make one dispatch, however often it is tried', async () => {
    for (let round = 0; round < 6; round += 1) {
      const made = await flow.submit('t1');
      const answers = await Promise.all([flow.approve('t1', made, 'approver-a'), flow.approve('t1', made, 'approver-b')]);
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect([await stateOf(made.id), await dispatches(made.id)]).toEqual(['dispatched', 1]);
    }
  });

  it('three approvers for two places: one is told that it was too late, and there is one dispatch', async () => {
    const made = await flow.submit('t1');
    const answers = await Promise.all(['approver-a', 'approver-b', 'approver-c'].map((who) => flow.approve('t1', made, who)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409]);
    expect(await dispatches(made.id)).toBe(1);
  });

  it('the same person twice at the same moment counts once', async () => {
    const made = await flow.submit('t1');
    const answers = await Promise.all([flow.approve('t1', made, 'approver-a'), flow.approve('t1', made, 'approver-a', { signedAt: server.clock.now() + 1 })]);
    expect(answers.map(({ status, body }) => (status === 201 ? 'ok' : body.code)).sort()).toEqual(['REJ_APPROVER_REPEATED', 'ok']);
    expect([await stateOf(made.id), await dispatches(made.id)]).toEqual(['submitted', 0]);
  });

  it('approve against withdraw gives a legal history: withdrawn before it was placed, or placed and then stopped', async () => {
    for (let round = 0; round < 6; round += 1) {
      const made = await flow.submit('t1');
      await flow.approve('t1', made, 'approver-a');
      const [approved, withdrawn] = await Promise.all([flow.approve('t1', made, 'approver-b'), withdraw(made.id)]);
      expect(withdrawn.status).toBe(200);
      expect(await stateOf(made.id)).toBe('withdrawn');
      const stops = await count("SELECT count(*) FROM stop WHERE $1 = ANY(digests)", made.digest);
      // Placed first or not: a stop of its digest follows, for one person has signed it. Withdrawn first: then nothing was placed.
      expect([approved.status, await dispatches(made.id), stops]).toEqual(approved.status === 201 ? [201, 1, 1] : [409, 0, 1]);
      const open = await count("SELECT count(*) FROM delivery WHERE message = $1 AND state NOT IN ('done', 'failed')", made.id);
      expect(open).toBe(0);
    }
  });
});

describe('withdrawing', () => {
  it('before approval only ends the message', async () => {
    const made = await flow.submit('t1');
    expect((await withdraw(made.id)).body.state).toBe('withdrawn');
    expect((await flow.approve('t1', made, 'approver-a')).body.code).toBe('STATE_CONFLICT');
    expect((await withdraw(made.id)).body.code).toBe('STATE_CONFLICT');
  });

  it('on the air sends the dispatcher\'s stop of its digest to everybody and leaves it in a file', async () => {
    const made = await flow.onAir('t1');
    const before = flow.gateway.stops.length;
    expect((await withdraw(made.id, 't1-approver-c')).body).toMatchObject({ state: 'withdrawn', tally: { failed: 3, reasons: { WITHDRAWN: 3 } } });
    await flow.settle();
    expect(flow.gateway.stops.slice(before).map(({ stop }) => readPayload(stop))).toMatchObject([{ platform: 't1', area: 't1-area', scope: { kind: 'messages', messages: [made.digest] } }]);
  });

  it('is for its author and its platform\'s approvers', async () => {
    const made = await flow.submit('t1');
    expect((await withdraw(made.id, 't1-stopper')).body.code).toBe('FORBIDDEN');
    expect((await withdraw(made.id, 'd-approver-a')).body.code).toBe('PLATFORM_FOREIGN');
    expect((await withdraw(made.id, 't2-approver-a')).body.code).toBe('NOT_FOUND');
  });
});

describe('a held message', () => {
  it('waits for its release although every signature is there', async () => {
    const made = await flow.submit('t1', {}, true);
    await flow.approve('t1', made, 'approver-a');
    expect((await flow.approve('t1', made, 'approver-b')).body.state).toBe('approved');
    expect(await dispatches(made.id)).toBe(0);
    const released = await (await flow.as('t1-author')).post(`/api/messages/${made.id}/dispatch`, {});
    expect([released.status, released.body.state]).toEqual([200, 'dispatched']);
    expect(await dispatches(made.id)).toBe(1);
  });

  it('is never released to some of its targets: terminals are refused and nothing sounds', async () => {
    const made = await flow.submit('t1', {}, true);
    await flow.approve('t1', made, 'approver-a');
    await flow.approve('t1', made, 'approver-b');
    const refused = await (await flow.as('t1-author')).post(`/api/messages/${made.id}/dispatch`, { terminals: ['v1-term-1'] });
    expect([refused.status, refused.body.code, refused.body.fields]).toMatchObject([422, 'INVALID', [{ path: 'terminals', code: 'TERMINALS_NOT_HERE' }]]);
    expect([await stateOf(made.id), await dispatches(made.id)]).toEqual(['approved', 0]);
  });

  it('is stopped when it is withdrawn, because its approvals exist', async () => {
    const made = await flow.submit('t1', {}, true);
    await flow.approve('t1', made, 'approver-a');
    await flow.approve('t1', made, 'approver-b');
    await withdraw(made.id);
    expect(await count('SELECT count(*) FROM stop WHERE $1 = ANY(digests)', made.digest)).toBe(1);
  });

  it('waits for its window when that opens later', async () => {
    const now = server.clock.now();
    const made = await flow.submit('t1', { notBefore: now + 3_600_000, notAfter: now + 7_200_000 });
    await flow.approve('t1', made, 'approver-a');
    expect((await flow.approve('t1', made, 'approver-b')).body.state).toBe('approved');
    expect(await dispatches(made.id)).toBe(0);
    expect(await count("SELECT count(*) FROM outbox WHERE topic = 'message-due' AND payload->>'id' = $1 AND due_at > now() + interval '50 minutes'", made.id)).toBe(1);
    // Its due row would keep `settle` waiting for an hour.
    await db.asOwner("DELETE FROM outbox WHERE topic = 'message-due'");
  });
});

describe('one more dispatch', () => {
  it('goes to interrupted terminals only, once, and only while the window is open', async () => {
    const made = await flow.onAir('t1');
    const author = await flow.as('t1-author');
    const again = (terminals: readonly string[] = []) => author.post(`/api/messages/${made.id}/dispatch`, { terminals });
    expect((await again()).body.code).toBe('NOTHING_INTERRUPTED');
    const failed = await flow.receipt('v1-term-1', made.dispatch, { state: 'failed', repetition: 2, reason: 'INTERRUPTED' });
    await flow.send([{ terminal: 'v1-term-1', envelopes: [failed] }]);
    const refused = await again(['t1-term-1', 'v1-term-1']);
    expect(refused.body.fields).toMatchObject([{ path: 'terminals.0', code: 'TERMINAL_NOT_INTERRUPTED' }]);
    const unknown = await again(['v1-term-1', 'nobody', 't2-term-1']);
    expect(unknown.body.fields).toMatchObject([{ path: 'terminals.1', code: 'TERMINAL_UNKNOWN' }, { path: 'terminals.2', code: 'TERMINAL_UNKNOWN' }]);
    const second = await again();
    expect([second.status, second.body.dispatches.length, second.body.tally.targeted]).toEqual([200, 2, 3]);
    await flow.settle();
    expect(flow.gateway.frames('order').at(-1)?.terminals).toEqual(['v1-term-1']);
    expect((await again()).body.code).toBe('NOTHING_INTERRUPTED');
  });
});

describe('an edited database', () => {
  /** Past every trigger and privilege, as somebody with the owner's password and an editor. */
  const edit = async (sql: string, parameters: readonly unknown[]): Promise<void> => {
    await db.asOwner('ALTER TABLE message DISABLE TRIGGER USER');
    await db.asOwner('ALTER TABLE approval DISABLE TRIGGER USER');
    await db.asOwner(sql, parameters);
    await db.asOwner('ALTER TABLE message ENABLE TRIGGER USER');
    await db.asOwner('ALTER TABLE approval ENABLE TRIGGER USER');
  };
  const withField = (made: Submitted, set: object): string =>
    JSON.stringify({ ...made.envelope, payload: Buffer.from(JSON.stringify({ ...made.message, ...set })).toString('base64') });

  it('cannot be edited by the server\'s own role or by a slip of the owner', async () => {
    const made = await flow.submit('t1');
    await expect(db.database.query("UPDATE message SET envelope = '{}' WHERE id = $1", [made.id])).rejects.toThrow(/permission denied/);
    await expect(db.database.query('DELETE FROM message WHERE id = $1', [made.id])).rejects.toThrow(/permission denied/);
    await expect(db.asOwner("UPDATE message SET envelope = '{}' WHERE id = $1", [made.id])).rejects.toThrow(/does not change/);
    await expect(db.asOwner(`INSERT INTO approval SELECT id, author, author, 'issue', 'approve', 'x', '{}', 0 FROM message WHERE id = $1`, [made.id])).rejects.toThrow(/approval_not_by_author/);
  });

  it.each([
    ['text', 'REJ_SIGNATURE', (made: Submitted) => edit('UPDATE message SET envelope = $2 WHERE id = $1', [made.id, withField(made, { texts: [{ language: 'zh-CN', title: '假', text: '假' }] })])],
    ['area', 'REJ_SIGNATURE', (made: Submitted) => edit('UPDATE message SET envelope = $2 WHERE id = $1', [made.id, withField(made, { targets: { areas: ['d-area'], terminals: [] } })])],
    ['the whole message for another genuine one', 'MESSAGE_ALTERED', async (made: Submitted) => {
      const other = await flow.signed('t1', { title: '另一条' });
      await edit('UPDATE message SET envelope = $2 WHERE id = $1', [made.id, JSON.stringify(other.envelope)]);
    }],
    ['window', 'MESSAGE_ALTERED', (made: Submitted) => edit('UPDATE message SET not_after = not_after + 86400000 WHERE id = $1', [made.id])],
    ['an approval\'s person', 'MESSAGE_ALTERED', (made: Submitted) => edit("UPDATE approval SET person = 't1-approver-c' WHERE message = $1", [made.id])],
    ['a return into an approval', 'MESSAGE_ALTERED', async (made: Submitted) => {
      const giveBack = await server.world.approval('t1', made.envelope, 'approver-c', { set: { decision: 'return' } });
      await edit("UPDATE approval SET envelope = $2, person = 't1-approver-c' WHERE message = $1", [made.id, JSON.stringify(giveBack)]);
    }],
    ['an approval that an unknown key signed', 'REJ_KEY_UNKNOWN', async (made: Submitted) => {
      const forged = await server.world.approval('t1', made.envelope, 'approver-a', { by: [server.world.stranger.signer] });
      await edit('UPDATE approval SET envelope = $2 WHERE message = $1', [made.id, JSON.stringify(forged)]);
    }],
  ])('leads to a refusal and not to a dispatch: %s', async (_, code, change) => {
    const made = await flow.submit('t1');
    expect((await flow.approve('t1', made, 'approver-a')).status).toBe(201);
    await change(made);
    const answer = await flow.approve('t1', made, 'approver-b');
    expect(answer.body.code).toBe(code);
    expect([await dispatches(made.id), await stateOf(made.id)]).toEqual([0, 'submitted']);
    const events = await (await flow.as('t1-author')).get('/api/events');
    expect(events.body.map((event: { code: string }) => event.code)).toContain(code);
  });

  it('hides only the row that was edited: the list, the picture and the others go on', async () => {
    const edited = await flow.submit('t1', { title: '被改的' });
    const other = await flow.submit('t1', { title: '没改的' });
    await edit("UPDATE message SET envelope = 'no json at all' WHERE id = $1", [edited.id]);
    const author = await flow.as('t1-author');
    const ids = (await author.get('/api/messages')).body.map(({ id }: { id: string }) => id);
    expect([ids.includes(other.id), ids.includes(edited.id)]).toEqual([true, false]);
    expect((await author.get(`/api/messages/${edited.id}`)).body.code).toBe('MESSAGE_ALTERED');
    expect((await author.get('/api/on-air')).body.messages.map(({ id }: { id: string }) => id)).toContain(other.id);
    expect((await flow.approve('t1', edited, 'approver-a')).status).toBeGreaterThanOrEqual(400);
  });

  it('does not keep other orders from a terminal when one order and one stop were edited', async () => {
    const edited = await flow.onAir('t1', { title: '被改的' });
    const other = await flow.onAir('t1', { title: '没改的' });
    await db.asOwner("UPDATE dispatch SET order_text = '{' WHERE message = $1", [edited.id]);
    await db.asOwner(`INSERT INTO stop VALUES (gen_random_uuid(), 't1', 't1-area', true, '{}', 1, $1, 'rubbish', 1)`, [server.clock.now() + 60_000]);
    const { body } = await server.internal('/internal/exchanges', { exchanges: [{ terminal: 'v1-term-1', exchange: {
      kind: 'exchange', counter: 0, versions: null, assignmentVersion: 0, held: digestNamed('nothing'), nonce: null,
      health: { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 },
    } }] });
    const [answer] = platformRoutes.exchanges.answer.parse(body).answers;
    const digests = answer?.exchange.orders.map((order) => readPayload<{ messageDigest: string }>(order.dispatch).messageDigest);
    expect(digests).toContain(other.digest);
    expect(digests).not.toContain(edited.digest);
    await db.asOwner("DELETE FROM stop WHERE envelope = 'rubbish'");
  });

  it('does not believe a state: marked as approved without the signatures, nothing goes out', async () => {
    const made = await flow.submit('t1', {}, true);
    await flow.approve('t1', made, 'approver-a');
    await db.asOwner("UPDATE message SET state = 'approved' WHERE id = $1", [made.id]);
    const answer = await (await flow.as('t1-author')).post(`/api/messages/${made.id}/dispatch`, {});
    expect([answer.status, answer.body.code]).toEqual([422, 'REJ_APPROVAL_MISSING']);
    expect(await dispatches(made.id)).toBe(0);
  });

  it('sends nothing for an outbox row that somebody wrote', async () => {
    const before = flow.gateway.frames('order').length;
    await db.asOwner("INSERT INTO outbox (id, topic, payload) VALUES (gen_random_uuid(), 'dispatch-placed', $1)", [JSON.stringify({ dispatchId: '00000000-0000-7000-8000-000000000000' })]);
    await flow.settle();
    expect(flow.gateway.frames('order')).toHaveLength(before);
  });
});

describe('an expired message', () => {
  it('ends by itself when nobody signed it in its window', async () => {
    const now = server.clock.now();
    const made = await flow.submit('t1', { notBefore: now, notAfter: now + 60_000 });
    server.clock.advance(61_000);
    await until(async () => (await stateOf(made.id)) === 'expired');
    expect((await flow.approve('t1', made, 'approver-a')).body.code).toBe('STATE_CONFLICT');
  });
});

describe('what takes a message back', () => {
  it('takes back one message only: another that lists the same is refused by name', async () => {
    const first = await flow.submit('t1');
    const second = await flow.signed('t1', {}, { corrections: first.message.corrections });
    const { status, body } = await (await flow.as('t1-author')).post('/api/messages', { message: second.envelope, corrections: first.corrections, hold: false });
    expect([status, body.code, body.fields]).toMatchObject([409, 'MESSAGE_EXISTS', [{ path: 'corrections', code: 'MESSAGE_EXISTS' }]]);
    expect(await count('SELECT count(*) FROM message WHERE id = $1', second.id)).toBe(0);
  });
});

describe('a scheduled message whose signer left before its window', () => {
  it('does not go out, and that is said: in its view, in the log and among the events', async () => {
    const now = server.clock.now();
    const made = await flow.submit('t1', { notBefore: now + 60_000, notAfter: now + 7_200_000 });
    await flow.approve('t1', made, 'approver-a');
    expect((await flow.approve('t1', made, 'approver-c')).body).toMatchObject({ state: 'approved', notReleased: null });
    const left = await server.world.revocation('t1', { set: { entries: [{ keyId: server.world.key('t1', 'approver-c').record.keyId, reason: 'compromised', since: now }] } });
    expect((await (await flow.as('d-officer-1')).post('/api/revocations', { documents: [left] })).status).toBeLessThan(300);
    server.clock.advance(60_000);
    await db.asOwner("UPDATE outbox SET due_at = now() WHERE topic = 'message-due'");
    await flow.settle();
    const { state, notReleased } = await flow.view(made.id);
    expect([state, notReleased, await dispatches(made.id)]).toEqual(['approved', 'REJ_KEY_REVOKED', 0]);
    expect(await count("SELECT count(*) FROM audit_leaf WHERE kind = 'message.not-released' AND subject = $1", made.id)).toBe(1);
    expect(await db.asOwner("SELECT code, subject FROM security_event WHERE kind = 'message-not-released'")).toEqual([{ code: 'REJ_KEY_REVOKED', subject: made.digest }]);
  });
});
