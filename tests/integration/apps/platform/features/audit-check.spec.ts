import { isolateIdSchema, restrictionIdSchema, rosterSchema, type RowCheck } from '#libs/contracts';
import { encodePayload, unverifiedPayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { CheckRows, SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { until } from '../../../../support/until';

/** Whoever holds the database owner's password edits one row after the other: each is named, with what is wrong with it (threats T61). */
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const scope = serverScope('test');

async function found(): Promise<readonly string[]> {
  server.clock.advance(240_001);
  while ((await server.app.get(SequenceLeaves).run()) > 0);
  await server.app.get(CheckRows).run();
  return server.app.get(CheckRows).seen(scope).faults.map(({ code, table }) => `${code} ${table}`);
}

/** Edits of several tables, what is found of them, and the tables put back as they were. */
async function afterEdits(edits: readonly { readonly table: string; readonly edit: string }[]): Promise<readonly string[]> {
  await db.asOwner(edits.map(({ table }) => `CREATE TABLE before_${table} AS SELECT * FROM ${table};`).join('\n'));
  await db.asOwner(`SET session_replication_role = replica; ${edits.map(({ edit }) => edit).join(';\n')}`);
  const faults = await found();
  await db.asOwner(`SET session_replication_role = replica; ${edits.map(({ table }) => `DELETE FROM ${table}${table === 'incident' ? ' WHERE id IN (SELECT id FROM before_incident)' : ''}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM before_${table}; DROP TABLE before_${table};`).join('\n')}`);
  return faults;
}

let stopped = '';

beforeAll(async () => {
  const { dispatch } = await flow.onAir('t1', { title: '请更正' });
  const t1 = async (state: 'acked' | 'audible' | 'failed', repetition: number, set: object = {}) => flow.receipt('t1-term-1', dispatch, { state, repetition, ...set });
  const { dispatch: heard } = await flow.onAir('t2', { title: '请收听' });
  await flow.send([{ terminal: 't2-term-1', envelopes: await flow.story('t2-term-1', heard) }]);
  const made = await flow.onAir('t1', { title: '第二次' });
  await flow.send([{ terminal: 't1-term-1', envelopes: [await t1('acked', 0), await t1('audible', 1, { startedAt: dispatch.startAt }), await t1('failed', 1, { reason: 'STOPPED' })] }]);
  stopped = (await flow.stop('t1')).stopId;
  await flow.submit('t1', { title: '等待' }, true);
  const at = server.clock.now();
  const window = { issuedAt: at, notAfter: at + 600_000 };
  await (await flow.as('v3-officer-1')).post('/api/isolates', { isolate: await server.world.isolate('v3', { set: { ...window, isolateId: isolateIdSchema.parse(server.clock.uuid()) } }) });
  await (await flow.as('v3-officer-1')).post('/api/restrictions', { restriction: await server.world.restriction('v3', { set: { ...window, kind: 'period', notBefore: at, restrictionId: restrictionIdSchema.parse(server.clock.uuid()) } }) });
  await flow.send([{ terminal: 'v1-term-1', envelopes: [await flow.event('v1-term-1', { kind: 'refused', code: 'REJ_SIGNATURE' })] }]);
  await flow.settle();
  expect(made.id).not.toBe('');
}, 60_000);

describe('a database in which nobody wrote past the server', () => {
  it('holds row for row', async () => {
    expect(await found()).toEqual([]);
    expect(server.app.get(CheckRows).seen(scope)).toMatchObject({ running: false, more: 0, finishedAt: expect.any(Number) });
    expect(server.app.get(CheckRows).seen(scope).rows).toBeGreaterThan(30);
  });
});

const OTHER = "'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'";
const spoiled = (column = 'envelope'): string => `${column} = replace(${column}, '"sig":"', '"sig":"A')`;
/** One byte of the signed payload is another, the rest as it was. */
const REWRITTEN = "envelope = jsonb_set(envelope::jsonb, '{payload}', to_jsonb(encode(convert_to(replace(convert_from(decode(envelope::jsonb->>'payload', 'base64'), 'UTF8'), '\"platform\":\"', '\"platform\":\"x'), 'UTF8'), 'base64')))::text";

const EDITS: readonly (readonly [string, string, string, string])[] = [
  ['the text of a message', 'message', `UPDATE message SET ${REWRITTEN} WHERE state = 'submitted'`, 'SIGNED_REFUSED message'],
  ['a signature of a message', 'message', `UPDATE message SET ${spoiled()} WHERE state = 'submitted'`, 'SIGNED_REFUSED message'],
  ['the class of a message beside its bytes', 'message', "UPDATE message SET class = 'daily' WHERE state = 'submitted'", 'ROW_DIFFERS message'],
  ['the window of a message beside its bytes', 'message', "UPDATE message SET not_after = not_after + 1 WHERE state = 'submitted'", 'ROW_DIFFERS message'],
  ['a message that waits to be released is let go', 'message', "UPDATE message SET hold = false WHERE state = 'submitted'", 'MESSAGE_UNSAID message'],
  ['a state that nobody brought about', 'message', "UPDATE message SET state = 'approved' WHERE state = 'submitted'", 'STATE_UNSAID message'],
  ['a message called stopped', 'message', "UPDATE message SET state = 'stopped', submitted_at = 9999999999999 WHERE state = 'submitted'", 'STATE_UNSAID message'],
  ['a key that no voice had', 'message', `UPDATE message SET session_key = ${OTHER} WHERE ctid = (SELECT min(ctid) FROM message WHERE state = 'submitted')`, 'SESSION_KEY_UNSAID message'],
  ['a message taken out', 'message', "DELETE FROM message WHERE state = 'submitted'", 'SIGNED_MISSING message'],
  ['a planted message', 'message', `INSERT INTO message SELECT gen_random_uuid(), ${OTHER}, platform, author, class, mode, envelope, submitted_at, not_before, not_after, hold, state, approved_at, changed_at, version, not_released FROM message LIMIT 1`, 'MESSAGE_UNSAID message'],
  ['what takes a message back', 'message_correction', `UPDATE message_correction SET ${spoiled()}`, 'SIGNED_REFUSED message'],
  ['a planted correction', 'message_correction', `UPDATE message_correction SET digest = ${OTHER} WHERE ctid = (SELECT min(ctid) FROM message_correction)`, 'CORRECTION_UNSAID message_correction'],
  ['a planted approval', 'approval', `INSERT INTO approval SELECT message, author, 'somebody', step, decision, ${OTHER}, envelope, received_at FROM approval LIMIT 1`, 'APPROVAL_UNSAID approval'],
  ['an approval turned into another person\'s', 'approval', "UPDATE approval SET person = person || '-x'", 'SIGNED_MISSING approval'],
  ['the bytes of an approval', 'approval', `UPDATE approval SET ${spoiled()}`, 'SIGNED_REFUSED approval'],
  ['the decision beside an approval', 'approval', "UPDATE approval SET decision = 'return'", 'ROW_DIFFERS approval'],
  ['the frozen order', 'dispatch', `UPDATE dispatch SET ${spoiled('order_text')}`, 'SIGNED_REFUSED dispatch'],
  ['an approval in the frozen order', 'dispatch', "UPDATE dispatch SET order_text = jsonb_set(order_text::jsonb, '{approvals,0,signatures,0,sig}', '\"AAAA\"')::text", 'ROW_DIFFERS dispatch'],
  ['the message in the frozen order', 'dispatch', "UPDATE dispatch SET order_text = jsonb_set(order_text::jsonb, '{message,payload}', '\"AAAA\"')::text", 'ROW_DIFFERS dispatch'],
  ['the start beside the frozen order', 'dispatch', 'UPDATE dispatch SET start_at = start_at + 1', 'ROW_DIFFERS dispatch'],
  ['a planted order', 'dispatch', `INSERT INTO dispatch SELECT gen_random_uuid(), message, message_digest, platform, epoch, seq + 1000, ${OTHER}, order_text, start_at, not_after, max_duration_ms, repeats, issued_at FROM dispatch LIMIT 1`, 'DISPATCH_UNSAID dispatch'],
  ['numbers of orders turned back', 'dispatch_sequence', 'UPDATE dispatch_sequence SET seq = 0', 'SEQUENCE_UNSAID dispatch_sequence'],
  ['an epoch turned back', 'dispatcher_epoch', 'UPDATE dispatcher_epoch SET epoch = 1', 'EPOCH_UNSAID dispatcher_epoch'],
  ['a delivery called heard', 'delivery', "UPDATE delivery SET state = 'done', reason = NULL WHERE terminal = 't1-term-1'", 'DELIVERY_UNSAID delivery'],
  ['a delivery whose sound is hidden', 'delivery', "UPDATE delivery SET state = 'failed', reason = 'OFFLINE_NET' WHERE terminal = 't2-term-1'", 'DELIVERY_UNSAID delivery'],
  ['a receipt forged as played', 'device_record', `INSERT INTO device_record SELECT terminal, counter + 1000, platform, word, ${OTHER}, dispatch, message_digest, at, received_at, envelope FROM device_record WHERE word = 'receipt' LIMIT 1`, 'RECORD_UNSAID device_record'],
  ['a receipt forged as of tomorrow', 'device_record', `INSERT INTO device_record SELECT terminal, counter + 1000, platform, word, ${OTHER}, dispatch, message_digest, at, 9999999999999, envelope FROM device_record WHERE word = 'receipt' LIMIT 1`, 'RECORD_UNSAID device_record'],
  ['the bytes of a receipt', 'device_record', `UPDATE device_record SET ${spoiled()} WHERE counter = 2`, 'SIGNED_REFUSED device_record'],
  ['of what a receipt speaks', 'device_record', "UPDATE device_record SET message_digest = 'x' WHERE word = 'receipt' AND counter = 2", 'ROW_DIFFERS device_record'],
  ['a receipt taken out', 'device_record', "DELETE FROM device_record WHERE terminal = 't2-term-1' AND counter = 5", 'SIGNED_MISSING device_record'],
  ['a stop taken out', 'stop', 'DELETE FROM stop', 'SIGNED_MISSING stop'],
  ['where a stop holds', 'stop', "UPDATE stop SET area = 'v1-area'", 'ROW_DIFFERS stop'],
  ['a planted stop', 'stop', 'INSERT INTO stop SELECT gen_random_uuid(), platform, area, everything, digests, issued_at, not_after, envelope, recorded_at FROM stop LIMIT 1', 'STOP_UNSAID stop'],
  ['an isolate taken out', 'isolate', 'DELETE FROM isolate', 'SIGNED_MISSING isolate'],
  ['how long an isolate holds', 'isolate', 'UPDATE isolate SET not_after = not_after + 1', 'ROW_DIFFERS isolate'],
  ['a planted restriction', 'restriction', `INSERT INTO restriction SELECT gen_random_uuid(), platform, area, kind, ${OTHER}, not_before, not_after, envelope, recorded_at FROM restriction LIMIT 1`, 'RESTRICTION_UNSAID restriction'],
  ['the bytes of a roster', 'trust_document', `UPDATE trust_document SET ${spoiled()} WHERE word = 'roster' AND platform = 'v2'`, 'DOCUMENT_REFUSED trust_document'],
  ['a charter taken out', 'trust_document', "DELETE FROM trust_document WHERE word = 'charter' AND platform = 'v2'", 'SIGNED_MISSING trust_document'],
  ['the digest beside a roster', 'trust_document', `UPDATE trust_document SET digest = ${OTHER} WHERE word = 'roster' AND platform = 'v2'`, 'ROW_DIFFERS trust_document'],
  ['the bytes of an assignment', 'assignment', `UPDATE assignment SET ${spoiled()} WHERE place = 1`, 'SIGNED_REFUSED assignment'],
  ['a planted assignment', 'assignment', `INSERT INTO assignment (platform, digest, envelope, accepted_at, accepted_by) SELECT platform, ${OTHER}, envelope, accepted_at, accepted_by FROM assignment LIMIT 1`, 'ASSIGNMENT_UNSAID assignment'],
  ['a terminal moved into another village', 'terminal', "UPDATE terminal SET platform = 'v2', area = 'v2-area' WHERE id = 'v1-term-1'", 'TERMINAL_UNSAID terminal'],
  ['a terminal whose assignment is forgotten', 'terminal', "UPDATE terminal SET assignment = NULL, assignment_version = 0 WHERE id = 'v1-term-1'", 'TERMINAL_UNSAID terminal'],
  ['a planted device key', 'terminal', `UPDATE terminal SET device_key_id = ${OTHER} WHERE id = 'v1-term-1'`, 'DEVICE_UNSAID terminal'],
  ['roles that no roster gives', 'account', "UPDATE account SET roles = roles || '{officer}' WHERE account = 't1-author'", 'ACCOUNT_UNSAID account'],
  ['a planted account', 'account', "INSERT INTO account SELECT 'thief', platform, 'thief', title, password_hash, tier, '{approver}' FROM account LIMIT 1", 'ACCOUNT_UNSAID account'],
  ['an incident called handled', 'incident', "UPDATE incident SET state = 'closed'", 'INCIDENT_UNSAID incident'],
  ['an incident taken out', 'incident', 'DELETE FROM incident', 'INCIDENT_GONE incident'],
  ['a name beside a leaf', 'audit_person_detail', "UPDATE audit_person_detail SET value = 'somebody else'", 'DETAIL_DIFFERS audit_person_detail'],
];

describe('an edit by whoever owns the database', () => {
  // The first of every table together, then the second of each, and so on: a whole comparison for each would take a minute.
  const places = EDITS.map(([, table], index) => EDITS.slice(0, index).filter(([, other]) => other === table).length);
  const rounds = [...new Set(places)].map((place) => [place + 1, EDITS.filter((_, index) => places[index] === place)] as const);

  it.each(rounds)('is found, with table and row: round %i', async (_round, edits) => {
    const faults = await afterEdits(edits.map(([, table, edit]) => ({ table, edit })));
    expect(edits.filter(([, , , expected]) => !faults.includes(expected)).map(([name]) => name)).toEqual([]);
  });

  it('leaves nothing behind when it is undone, and is found in a forged document as well', async () => {
    expect((await found()).filter((fault) => !fault.endsWith(' incident'))).toEqual([]);
    const roster = rosterSchema.parse(unverifiedPayload(server.world.expected.documents[1] ?? { payload: '' }));
    const thief = { id: 'd-thief', unit: roster.persons[0]?.unit ?? '', roles: ['approver'], keys: [server.world.stranger.record] };
    const forged = await signEnvelope('roster', encodePayload({ ...roster, version: 2, persons: [...roster.persons, thief] }), [server.world.stranger.signer]);
    const faults = await afterEdits([{ table: 'trust_document', edit: `INSERT INTO trust_document (word, platform, version, digest, envelope, accepted_at, accepted_by) VALUES ('roster', 'd', 2, 'f', '${JSON.stringify(forged)}', 0, 'x')` }]);
    // The digest beside it is a letter that every leaf has somewhere.
    expect(faults).toEqual(expect.arrayContaining(['DOCUMENT_REFUSED trust_document', 'DOCUMENT_UNSAID trust_document']));
  });
});

describe('an auditor', () => {
  it('begins the comparison, sees what of the own platforms was found, and what is found again opens no second incident', async () => {
    await db.asOwner('SET session_replication_role = replica; UPDATE stop SET area = \'v1-area\'');
    const auditor = await server.signIn('t1-auditor');
    expect((await auditor.post('/api/audit/check', {})).status).toBe(202);
    const ended = async (): Promise<RowCheck> => (await auditor.get('/api/audit/check')).body as RowCheck;
    await until(async () => !(await ended()).running);
    expect((await ended()).faults).toEqual([{ platform: 't1', table: 'stop', row: stopped, code: 'ROW_DIFFERS' }]);
    const incidents = async (): Promise<number> => {
      await flow.settle();
      return ((await auditor.get('/api/incidents')).body as readonly { readonly kind: string }[]).filter(({ kind }) => kind === 'altered-record').length;
    };
    const before = await incidents();
    expect(before).toBeGreaterThan(0);
    await server.app.get(CheckRows).run();
    expect(await incidents()).toBe(before);
    expect(await db.asOwner("SELECT 1 FROM security_event WHERE kind = 'audit-fault' AND subject = $1", [`stop ${stopped}`])).not.toEqual([]);
    const village = await server.signIn('v2-auditor');
    expect(((await village.get('/api/audit/check')).body as RowCheck).faults).toEqual([]);
    expect((await (await server.signIn('t1-author')).get('/api/audit/check')).status).toBe(403);
  });
});
