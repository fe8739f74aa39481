import { accountSetupSchema, assignmentSchema, digestSchema, dispatchSchema, permitIdSchema, platformRoutes, rosterSchema, totpOfferSchema, type Isolate, type RestrictionPayload, type TemplateView } from '#libs/contracts';
import { encodePayload, unverifiedPayload, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { generateSiren, writeWav } from '#libs/audio';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { CheckRows, SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { Beacons } from '../../../../../apps/platform/src/features/authority';
import { TendDeliveries } from '../../../../../apps/platform/src/features/delivery/tend-deliveries';
import { WatchWindows } from '../../../../../apps/platform/src/features/messages/watch-windows';
import { OutboxWorker } from '../../../../../apps/platform/src/kernel/outbox';
import { routesOf } from '../../../../../apps/platform/src/kernel/http';
import { draftPaper, keepPapers, keyRequest, provePossession, requestId, rostersInForce, signPapers, type DraftedPaper } from '../../../../support/key-life';
import { useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { PASSWORD, usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { AuthenticatorApp, fromBase32, Phone } from '../../../../support/second-factor';
import { until } from '../../../../support/until';
import { makeKey, personOf, platformOf, type TestKey } from '../../../../support/trust-builder';

/**
 * Nothing is changed without a leaf in the same transaction. Every route that may change something, every call of the
 * gateway and every outbox topic of the running server stands here, with the leaves it leaves or the reason why it
 * leaves none; a trigger on every table tells which transactions wrote what, so that a step that says nothing is seen.
 */
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

/** Tables whose rows are no decision of anybody. All others are written in a transaction with a leaf, or this fails. */
const WITHOUT_LEAF: Readonly<Record<string, string>> = {
  schema_migration: 'written by the owner at a new version',
  audit_leaf: 'the leaf itself', audit_sequence: 'numbers of leaves', audit_tree: 'the log that leaves make', audit_head: 'the signed log',
  outbox: 'what is to be told; what was decided has its leaf in the same transaction, what follows has its own',
  idempotent_answer: 'an answer kept for who asks twice; the command has its leaf',
  session: 'a sign-in has its leaf; the end of a session takes a right away and gives none',
  sign_in_attempts: 'counts failures', sign_in_stranger_failures: 'counts failures', known_device: 'counts failures of a device whose sign-in, or whose code, has its leaf; it opens nothing',
  security_event: 'something was refused, so nothing was changed; what terminals report is in their signed records',
  terminal_presence: 'observed by the gateway', terminal_health: 'reported by the terminal, overwritten at each exchange',
  key_seen: 'when this server first saw a key that officers had signed; observed',
  device_counter: 'how far the signed records are complete; follows from them',
};

type Step = () => Promise<Answer | void>;
type Entry = { readonly leaves: readonly string[]; readonly step: Step } | { readonly none: string };

const post = async (who: string, at: string, body: unknown): Promise<Answer> => (await flow.as(who)).post(at, body);
const kept: { request?: string; newKey?: TestKey['record']; paper?: DraftedPaper; spare?: string; held?: Submitted; terminal?: { id: string; claimCode: string }; drill?: string; incident?: string; app?: string; key?: string; permit?: string; setup?: string; media?: string } = {};
let drafted: Envelope | undefined;

async function claim(): Promise<void> {
  const { id = '', claimCode: code = '' } = kept.terminal ?? {};
  await server.internal(platformRoutes.claim.path, { code, physicalCode: 'BOX-LEAF', key: (await makeKey()).record });
  const { body } = await post('d-officer-1', '/api/assignments/draft', {});
  const batches = body.batches as readonly { readonly platform: string; readonly payload: string }[];
  const batch = batches.find(({ payload }) => Buffer.from(payload, 'base64').toString().includes(`"${id}"`)) ?? { platform: '', payload: '' };
  drafted = await signEnvelope('assignment', encodePayload(assignmentSchema.parse(JSON.parse(Buffer.from(batch.payload, 'base64').toString()))), server.world.officers(batch.platform).slice(0, 1));
}

/** A terminal began to sound the newest order, and was silenced. */
async function silenced(): Promise<void> {
  const dispatch = dispatchSchema.parse(unverifiedPayload(flow.gateway.frames('order').at(-1)?.frame.order.dispatch ?? { payload: '' }));
  await flow.send([{ terminal: 't1-term-1', envelopes: [
    await flow.receipt('t1-term-1', dispatch, { state: 'acked', repetition: 0 }),
    await flow.receipt('t1-term-1', dispatch, { state: 'audible', repetition: 1, startedAt: dispatch.startAt }),
    await flow.receipt('t1-term-1', dispatch, { state: 'failed', repetition: 1, reason: 'STOPPED' }),
  ] }]);
}

/** In the order in which they are tried. */
const ROUTES: Readonly<Record<string, Entry>> = {
  'post /session': { leaves: ['session.opened'], step: async () => { await server.signIn('t1-author'); } },
  'post /session/passkey': { none: 'as a sign-in, whose leaf is session.opened; passkeys have their own test' },
  'post /session/challenge': { none: 'nothing is kept of it until it is answered' },
  'post /session/totp': { leaves: ['factor.begun'], step: async () => {
    const answer = await post('v2-stopper', '/api/session/totp', {});
    kept.app = totpOfferSchema.parse(answer.body).secret;
    return answer;
  } },
  'post /session/totp/confirm': { leaves: ['factor.enrolled', 'session.opened'], step: () => post('v2-stopper', '/api/session/totp/confirm', { code: new AuthenticatorApp(server, fromBase32(kept.app ?? '')).code() }) },
  'post /session/keys': { leaves: ['factor.enrolled'], step: async () => {
    const phone = await Phone.make(server);
    kept.key = phone.record.keyId;
    return post('v2-author', '/api/session/keys', { key: phone.record, name: 'phone', answer: await phone.answer('v2-author'), password: PASSWORD });
  } },
  'delete /session/keys/:keyId': { leaves: ['factor.removed'], step: async () => { expect((await (await flow.as('v2-author')).delete(`/api/session/keys/${kept.key ?? ''}`)).status).toBe(204); } },
  'post /accounts/:account/revoke': { leaves: ['account.revoked'], step: () => post('d-officer-1', '/api/accounts/v2-author/revoke', { factors: true }) },
  'post /accounts/:account/setup': { leaves: ['account.setup-offered'], step: async () => {
    const answer = await post('d-officer-1', '/api/accounts/v3-auditor/setup', {});
    kept.setup = accountSetupSchema.parse(answer.body).setup;
    return answer;
  } },
  'post /accounts/:account/unlock': { leaves: ['account.unlocked'], step: () => post('d-officer-1', '/api/accounts/v3-auditor/unlock', {}) },
  'post /session/setup': { leaves: ['account.password-set'], step: () => server.call('POST', '/api/session/setup', { account: 'v3-auditor', setup: kept.setup, password: 'seven grey herons' }) },
  'post /session/password': { leaves: ['account.password-set'], step: () => post('v2-auditor', '/api/session/password', { password: PASSWORD, next: 'nine quiet otters' }) },
  'delete /session': { none: 'signing out takes the caller\'s own right away and gives none' },
  'post /media': { leaves: ['media.stored'], step: async () => {
    const answer = await flow.upload(await flow.as('t2-author'), writeWav(generateSiren('rise-fall', 500)), 'recording');
    kept.media = answer.body.sha256;
    return answer;
  } },
  'delete /media/:sha256': { leaves: ['media.released'], step: async () => { expect((await (await flow.as('t2-author')).delete(`/api/media/${kept.media ?? ''}`)).status).toBe(204); } },
  'post /speech/read': { none: 'says how a text will be read; nothing is kept' },
  // Its leaf, speech.made, comes from the real voice (tests/integration/apps/platform/speech.spec.ts); here another one speaks.
  'post /speech': { leaves: [], step: () => post('t1-author', '/api/speech', { text: '请注意防汛' }) },
  'post /speech/lexicon': { leaves: ['lexicon.written'], step: () => post('t1-author', '/api/speech/lexicon', [{ written: '昌北', pinyin: 'chang1 bei3', kind: 'place' }]) },
  'post /messages/draft': { none: 'a proposal; nobody signed it, and nothing is kept but the recording, which has its leaf' },
  'post /messages/:id/again': { none: 'a proposal, as a draft of a message' },
  'post /messages': { leaves: ['message.submitted'], step: async () => { kept.held = await flow.submit('t1', {}, true); } },
  'post /messages/:id/approvals': { leaves: ['approval.signed'], step: async () => { for (const who of ['approver-a', 'approver-b']) await approved(who); } },
  'post /messages/:id/dispatch': { leaves: ['dispatch.placed'], step: () => post('t1-author', `/api/messages/${kept.held?.id ?? ''}/dispatch`, {}) },
  'post /messages/:id/withdraw': { leaves: ['message.withdrawn', 'stop.placed'], step: () => post('t1-author', `/api/messages/${kept.held?.id ?? ''}/withdraw`, { reason: '误发' }) },
  'post /messages/:id/correct': { leaves: ['consent.correct', 'dispatch.placed'], step: async () => {
    const made = await flow.onAir('t1', { title: '请更正' });
    await silenced();
    const offer = (await flow.offers('t1', made.id)).find(({ kind }) => kind === 'correction') ?? { payload: '' };
    return flow.giveConsent('t1', made.id, 'correct', await flow.consent('t1', offer));
  } },
  'post /messages/:id/resume': { leaves: ['stop.imported', 'consent.resume', 'dispatch.placed'], step: async () => {
    const made = await flow.onAir('t1', { title: '请继续' });
    await flow.stop('t1');
    await silenced();
    const offer = (await flow.offers('t1', made.id)).find(({ kind }) => kind === 'resume') ?? { payload: '' };
    return flow.giveConsent('t1', made.id, 'resume', await flow.consent('t1', offer));
  } },
  'put /templates/:id': { leaves: ['template.written'], step: async () => {
    const { token } = await flow.as('t1-author');
    const { id: _id, version, enabled: _e, proposed: _p, shipped: _s, writtenBy: _b, writtenAt: _a, ...body } = (await (await flow.as('t1-author')).get('/api/templates/gale-blue')).body as TemplateView;
    return server.call('PUT', '/api/templates/gale-blue', { basedOn: version, template: { ...body, repeats: 4 } }, { authorization: `Bearer ${token}` });
  } },
  'post /templates/:id/enable': { leaves: ['template.enabled'], step: () => post('t1-admin', '/api/templates/gale-blue/enable', { version: 2 }) },
  'post /templates/:id/disable': { leaves: ['template.disabled'], step: () => post('t1-admin', '/api/templates/gale-blue/disable', {}) },
  'post /templates/:id/draft': { none: 'a proposal, as a draft of a message' },
  'post /drills': { leaves: ['drill.planned'], step: async () => {
    const now = server.clock.now();
    const answer = await post('t1-author', '/api/drills', { name: '防汛演练', kind: 'platform', areas: ['t1-area'], opensAt: now, closesAt: now + 7_200_000, notice: '今天下午演练，请不要恐慌。' });
    kept.drill = answer.body.id;
    return answer;
  } },
  'post /drills/:id/cancel': { leaves: ['drill.cancelled'], step: () => post('t1-author', `/api/drills/${kept.drill ?? ''}/cancel`, {}) },
  'post /permits': { leaves: ['permit.signed'], step: async () => {
    const at = server.clock.now();
    const permit = await server.world.permit('v1', { set: { permitId: permitIdSchema.parse(server.clock.uuid()), issuedAt: at, notBefore: at, notAfter: at + 3_600_000 } });
    const answer = await post('v1-approver-a', '/api/permits', { permit });
    kept.permit = answer.body.digest;
    return answer;
  } },
  'post /permits/:digest/withdraw': { leaves: ['permit.withdrawn'], step: () => post('v1-approver-a', `/api/permits/${kept.permit ?? ''}/withdraw`, { reason: '换人' }) },
  'post /isolates': { leaves: ['isolate.placed'], step: async () => {
    const at = server.clock.now();
    const set = { isolateId: server.clock.uuid() as Isolate['isolateId'], issuedAt: at, notAfter: at + 600_000 };
    return post('v3-officer-1', '/api/isolates', { isolate: await server.world.isolate('v3', { set }) });
  } },
  'post /restrictions': { leaves: ['restriction.placed'], step: async () => {
    const at = server.clock.now();
    const set = { restrictionId: server.clock.uuid() as RestrictionPayload['restrictionId'], kind: 'period' as const, issuedAt: at, notBefore: at, notAfter: at + 600_000 };
    return post('v3-officer-1', '/api/restrictions', { restriction: await server.world.restriction('v3', { set }) });
  } },
  'post /incidents/:id/acknowledge': { leaves: ['incident.opened', 'incident.acknowledged'], step: async () => {
    await flow.send([{ terminal: 'v1-term-1', envelopes: [await flow.event('v1-term-1', { kind: 'refused', code: 'REJ_SIGNATURE' })] }]);
    await flow.settle();
    const incidents = async () => (await (await flow.as('v1-stopper')).get('/api/incidents')).body as readonly { readonly id: string }[];
    await until(async () => (await incidents()).length > 0);
    kept.incident = (await incidents())[0]?.id ?? '';
    return post('v1-stopper', `/api/incidents/${kept.incident ?? ''}/acknowledge`, {});
  } },
  'post /incidents/:id/close': { leaves: ['incident.closed'], step: () => post('v1-stopper', `/api/incidents/${kept.incident ?? ''}/close`, { note: '已查明' }) },
  'post /terminals': { leaves: ['terminal.issued'], step: async () => {
    const answer = await post('t1-officer-1', '/api/terminals', { name: '东头1号', area: 'v1-area', physicalCode: 'BOX-LEAF', latitudeE6: 28_700_001, longitudeE6: 115_800_000 });
    kept.terminal = { id: answer.body.terminal.id, claimCode: answer.body.claimCode };
    return answer;
  } },
  'post /terminals/:id/claim-code': { leaves: ['terminal.claim-code'], step: async () => {
    const answer = await post('t1-officer-1', `/api/terminals/${kept.terminal?.id ?? ''}/claim-code`, {});
    kept.terminal = { id: kept.terminal?.id ?? '', claimCode: answer.body.claimCode };
    return answer;
  } },
  'post /terminals/:id/max-volume': { leaves: ['terminal.max-volume'], step: () => post('t1-officer-1', `/api/terminals/${kept.terminal?.id ?? ''}/max-volume`, { volume: 'low' }) },
  'post /assignments/draft': { none: 'a proposal for officers to sign' },
  'post /assignments': { leaves: ['terminal.enrolled', 'assignment.accepted'], step: async () => {
    await claim();
    return post('d-officer-1', '/api/assignments', { documents: [drafted] });
  } },
  'post /terminals/:id/replace-device': { leaves: ['terminal.device-taken-away'], step: () => post('t1-officer-1', `/api/terminals/${kept.terminal?.id ?? ''}/replace-device`, {}) },
  'post /trust/documents': { leaves: ['roster.accepted'], step: async () => {
    const before = server.world.expected.documents.map((envelope) => rosterSchema.safeParse(unverifiedPayload(envelope)).data).find((roster) => roster?.platform === platformOf('t2'));
    const next = await signEnvelope('roster', encodePayload({ ...before, version: 2 }), server.world.officers('t2').slice(0, 2));
    return post('t2-officer-1', '/api/trust/documents', { documents: [next] });
  } },
  'post /keys/requests': { leaves: ['key.requested'], step: async () => {
    const key = await makeKey('es256');
    const request = await keyRequest('v3', 'v3-author', key, { madeAt: server.clock.now() });
    kept.request = requestId(request);
    kept.newKey = key.record;
    return post('v3-author', '/api/keys/requests', request);
  } },
  'post /keys/possession': { leaves: ['key.shown'], step: async () => provePossession(await flow.as('v3-author'), 'v3', 'v3-author', server.world.key('v3', 'author')) },
  'post /papers': { leaves: ['paper.kept'], step: async () => {
    const held = (await rostersInForce(await flow.as('t2-officer-1'))).get('v3');
    if (held === undefined || kept.newKey === undefined) throw new Error('no roster of v3');
    const renewal = { person: personOf('v3-author'), key: kept.newKey, replaces: null, reason: 'new' as const };
    kept.paper = draftPaper(held, [renewal], server.clock.now(), [digestSchema.parse(kept.request)]);
    const spare = draftPaper(held, [renewal], server.clock.now() + 1);
    kept.spare = spare.digest;
    return keepPapers(await flow.as('t2-officer-1'), [kept.paper, spare]);
  } },
  'post /papers/signatures': { leaves: ['paper.signed', 'roster.accepted', 'key.granted'], step: async () => {
    const [one, two] = server.world.officers('v3');
    if (one === undefined || two === undefined || kept.paper === undefined) throw new Error('two officers');
    await signPapers(await flow.as('t2-officer-1'), [kept.paper], one);
    return signPapers(await flow.as('t2-officer-1'), [kept.paper], two);
  } },
  'delete /papers/:digest': { leaves: ['paper.discarded'], step: async () => { expect((await (await flow.as('t2-officer-1')).delete(`/api/papers/${kept.spare ?? ''}`)).status).toBe(204); } },
  'delete /keys/requests/:id': { leaves: ['key.request-withdrawn'], step: async () => {
    const request = await keyRequest('v3', 'v3-author', await makeKey('es256'), { madeAt: server.clock.now() });
    await post('v3-author', '/api/keys/requests', request);
    expect((await (await flow.as('v3-author')).delete(`/api/keys/requests/${requestId(request)}`)).status).toBe(204);
  } },
  'post /keys/requests/:id/refusal': { leaves: ['key.refused'], step: async () => {
    const request = await keyRequest('v3', 'v3-author', await makeKey('es256'), { madeAt: server.clock.now() });
    await post('v3-author', '/api/keys/requests', request);
    return post('t2-officer-1', `/api/keys/requests/${requestId(request)}/refusal`, { reason: '这位同志已调离' });
  } },
  'post /revocations': { leaves: ['revocation.accepted'], step: async () => post('v3-officer-1', '/api/revocations', { documents: [await server.world.revocation('v3')] }) },
  'post /time/confirmation': { leaves: ['time.confirmed'], step: async () => {
    await server.app.get(Beacons).signBeacon(platformOf('v1'), 'shared');
    server.clock.set(600_000);
    return post('d-admin', '/api/time/confirmation', { at: server.clock.now() });
  } },
  'post /history/epoch': { leaves: ['epoch.raised'], step: async () => post('d-officer-1', '/api/history/epoch', { reason: '恢复备份' }) },
  'post /audit/check': { none: 'reads; what it finds becomes a security event' },
  'post /audit/erasures': { leaves: ['person.erased'], step: async () => {
    await db.asOwner("UPDATE account SET roles = '{}' WHERE person = 'v2-approver-c'");
    await db.asOwner('DELETE FROM test_wrote');
    return post('v2-admin', '/api/audit/erasures', { platform: 'v2', person: 'v2-approver-c' });
  } },
};

const GATEWAY: Readonly<Record<string, Entry>> = {
  directory: { none: 'reads' },
  claim: { none: 'with post /assignments above: terminal.enrolled' },
  exchanges: { none: 'answers what a terminal lacks; what it reports is observed, and its events come signed with the receipts' },
  presence: { none: 'observed' },
  alarms: { none: 'security events, refused at the door; the incident that they open has its leaf' },
  receipts: { leaves: ['receipts.taken'], step: async () => {
    const made = await flow.onAir('t2', { title: '回执' });
    await flow.send([{ terminal: 't2-term-1', envelopes: await flow.story('t2-term-1', made.dispatch) }]);
  } },
};

/** Each of them only tells somebody what has its leaf already, unless it names leaves. */
const TOPICS: Readonly<Record<string, string>> = {
  'dispatch-placed': 'pushes the order', 'stop-placed': 'hands the stop to the gateway', 'isolate-placed': 'pushes the isolate', 'document-push': 'pushes documents', 'restriction-placed': 'pushes the restriction',
  'security-events': 'gathers incidents: incident.opened, and restriction.placed where the platform answers',
  'message-submitted': 'pushes what to fetch', 'sound-made': 'pushes what to fetch', 'message-due': 'releases: dispatch.placed, or message.not-released with the code',
};

async function approved(who: string): Promise<void> {
  if (kept.held === undefined) throw new Error('nothing is held');
  const answer = await flow.approve('t1', kept.held, who);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

beforeAll(async () => {
  await db.asOwner('CREATE TABLE test_wrote (tx bigint NOT NULL, what text NOT NULL)');
  await db.asOwner(`CREATE FUNCTION test_wrote() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN INSERT INTO test_wrote VALUES (txid_current(), TG_TABLE_NAME); RETURN NULL; END $$`);
  const tables = await db.asOwner<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'test_wrote'");
  for (const { name } of tables) {
    // That a delivery was pushed, once more, is no change of what it is.
    if (name === 'delivery') {
      await db.asOwner(`CREATE TRIGGER test_wrote AFTER UPDATE ON delivery FOR EACH ROW
        WHEN ((OLD.state IS DISTINCT FROM NEW.state AND NEW.state <> 'sent') OR OLD.reason IS DISTINCT FROM NEW.reason) EXECUTE FUNCTION test_wrote()`);
      await db.asOwner('CREATE TRIGGER test_wrote_new AFTER INSERT OR DELETE ON delivery FOR EACH ROW EXECUTE FUNCTION test_wrote()');
    } else if (name === 'incident') {
      // That an incident goes on is counted, not decided.
      await db.asOwner('CREATE TRIGGER test_wrote AFTER UPDATE ON incident FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.posture_until IS DISTINCT FROM NEW.posture_until) EXECUTE FUNCTION test_wrote()');
      await db.asOwner('CREATE TRIGGER test_wrote_new AFTER INSERT OR DELETE ON incident FOR EACH ROW EXECUTE FUNCTION test_wrote()');
    } else await db.asOwner(`CREATE TRIGGER test_wrote AFTER INSERT OR UPDATE OR DELETE ON ${name} FOR EACH ROW EXECUTE FUNCTION test_wrote()`);
  }
}, 60_000);

/** What was written since without a leaf in its transaction, after everything in the outbox is done. */
async function unsaid(): Promise<readonly string[]> {
  await flow.settle();
  const rows = await db.asOwner<{ what: string }>(
    "SELECT DISTINCT what FROM test_wrote w WHERE NOT EXISTS (SELECT 1 FROM test_wrote l WHERE l.tx = w.tx AND l.what = 'audit_leaf') AND NOT what = ANY ($1) ORDER BY what",
    [Object.keys(WITHOUT_LEAF)],
  );
  await db.asOwner('DELETE FROM test_wrote');
  return rows.map(({ what }) => what);
}

async function tried(leaves: readonly string[], step: Step): Promise<void> {
  const before = new Set((await db.asOwner<{ id: string }>('SELECT id FROM audit_leaf')).map(({ id }) => id));
  await db.asOwner('DELETE FROM test_wrote');
  const answer = await step();
  if (answer !== undefined) expect([answer.status < 300, answer.body]).toEqual([true, expect.anything()]);
  const unspoken = await unsaid();
  const fresh = (await db.asOwner<{ id: string; kind: string }>('SELECT id, kind FROM audit_leaf')).filter(({ id }) => !before.has(id)).map(({ kind }) => kind);
  expect({ unspoken, missing: leaves.filter((kind) => !fresh.includes(kind)) }).toEqual({ unspoken: [], missing: [] });
}

describe('whatever changes something', () => {
  it('stands here: every route, every call of the gateway, every topic of the outbox', () => {
    const routes = routesOf(server.app).filter(({ method }) => method !== 'get').map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(ROUTES).sort()).toEqual(routes.sort());
    expect(Object.keys(GATEWAY).sort()).toEqual(Object.keys(platformRoutes).sort());
    const topics: unknown = Reflect.get(server.app.get(OutboxWorker), 'topics');
    expect(topics instanceof Map ? [...topics.keys()].sort() : []).toEqual(Object.keys(TOPICS).sort());
  });

  it.each(Object.entries({ ...ROUTES, ...GATEWAY }).flatMap(([name, entry]) => ('step' in entry ? [[name, entry] as const] : [])))('leaves its leaf in the same transaction: %s', async (_name, { leaves, step }) => {
    await tried(leaves, step);
  }, 30_000);

  it('also by itself, when a window ends without enough signatures, or without a word from a terminal', async () => {
    await flow.submit('t2', { title: '无人签发' });
    await flow.onAir('t2', { title: '无人回答' });
    await tried(['message.expired', 'deliveries.closed'], async () => {
      server.clock.advance(26 * 3_600_000);
      await server.app.get(WatchWindows).expire();
      await server.app.get(TendDeliveries).closeOverdue();
    });
  });

  it('has a reason where it leaves none, and no table is forgotten', async () => {
    for (const reason of [...Object.values(ROUTES), ...Object.values(GATEWAY)].flatMap((entry) => ('none' in entry ? [entry.none] : []))) expect(reason.length).toBeGreaterThan(4);
    const tables = new Set((await db.asOwner<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")).map(({ name }) => name));
    expect(Object.keys(WITHOUT_LEAF).filter((name) => !tables.has(name))).toEqual([]);
  });

  it('is borne out by every row that it left: the comparison of all rows with what was signed finds none', async () => {
    server.clock.advance(240_001);
    while ((await server.app.get(SequenceLeaves).run()) > 0);
    await server.app.get(CheckRows).run();
    expect(server.app.get(CheckRows).seen(serverScope('test')).faults).toEqual([]);
  });

  it('is seen when it says nothing', async () => {
    await db.asOwner('DELETE FROM test_wrote');
    await db.database.query("UPDATE message SET changed_at = changed_at + 1");
    expect(await unsaid()).toEqual(['message']);
  });
});

