import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rowCheckSchema, type RowCheck, type RowFault } from '#libs/contracts';
import { ApiClient, systemClock } from '../../../cli/src';
import { until } from '../../../scripted-day/src/until';
import type { Family, Scene } from '../attack';
import type { Range } from '../range';
import { sqlAs, type Query } from '../sql';

const signedIn = new Map<string, ApiClient>();
const QUIET_MS = 700;
const HEARD_MS = 30_000;
const CHECKED_MS = 30_000;
const OTHER = "repeat('f', 64)";
const A_UUID = "'00000000-0000-7000-8000-0000000000ff'";

/** One edit. `change`: what is set in one row of those `where` finds; `plant`: a whole statement, with what finds it again; `key`: what tells rows of the table apart. */
type Edit = { readonly name: string; readonly table: string; readonly code: string } & (
  | { readonly change: string; readonly where: string; readonly key: string }
  | { readonly remove: string; readonly key: string }
  | { readonly plant: string; readonly found: string }
);

const spoiled = (column = 'envelope'): string => `${column} = replace(${column}, '"sig":"', '"sig":"A')`;
const AIRED = "state IN ('dispatched', 'completed')";

/** Everything an owner of the database may do to what is signed, to what follows from it, and to what is shown of it. */
const EDITS: readonly Edit[] = [
  { name: 'the signed text of a message', table: 'message', change: "envelope = replace(envelope, '\"payload\":\"', '\"payload\":\"AAAA')", where: AIRED, key: 'id', code: 'SIGNED_DIFFERS' },
  { name: 'a message that waits is let go', table: 'message', change: "hold = NOT hold, state = 'approved', approved_at = submitted_at", where: "state = 'submitted'", key: 'id', code: 'MESSAGE_UNSAID' },
  { name: 'a message called stopped', table: 'message', change: "state = 'expired'", where: AIRED, key: 'id', code: 'STATE_UNSAID' },
  { name: 'a key spent that no voice had', table: 'message', change: `session_key = ${OTHER}`, where: AIRED, key: 'id', code: 'SESSION_KEY_UNSAID' },
  { name: 'a planted correction', table: 'message_correction', plant: `INSERT INTO message_correction SELECT message, kind || '', ${OTHER}, envelope FROM message_correction c WHERE NOT EXISTS (SELECT 1 FROM message_correction) UNION ALL SELECT id, 'correction', ${OTHER}, envelope FROM message WHERE NOT EXISTS (SELECT 1 FROM message_correction WHERE message = message.id) LIMIT 1`, found: `digest = ${OTHER}`, code: 'CORRECTION_UNSAID' },
  { name: 'a planted approval', table: 'approval', plant: `INSERT INTO approval SELECT message, author, 'thief', step, decision, ${OTHER}, envelope, received_at FROM approval LIMIT 1`, found: "person = 'thief'", code: 'APPROVAL_UNSAID' },
  { name: 'a return called an approval', table: 'approval', change: "decision = CASE decision WHEN 'approve' THEN 'return' ELSE 'approve' END", where: 'true', key: 'message, person', code: 'ROW_DIFFERS' },
  { name: 'an approval\'s signature', table: 'approval', change: spoiled(), where: 'true', key: 'message, person', code: 'SIGNED_REFUSED' },
  { name: 'the frozen order', table: 'dispatch', change: "order_text = jsonb_set(order_text::jsonb, '{approvals}', '[]')::text", where: 'true', key: 'id', code: 'ROW_DIFFERS' },
  { name: 'a planted order', table: 'dispatch', plant: `INSERT INTO dispatch SELECT ${A_UUID}, message, message_digest, platform, epoch, seq + 100000, ${OTHER}, order_text, (extract(epoch FROM now()) * 1000)::bigint, not_after, max_duration_ms, repeats, issued_at FROM dispatch LIMIT 1`, found: `id = ${A_UUID}`, code: 'DISPATCH_UNSAID' },
  { name: 'numbers turned back', table: 'dispatch_sequence', change: 'seq = 1000000', where: 'true', key: 'platform, epoch', code: 'SEQUENCE_UNSAID' },
  { name: 'an epoch turned back', table: 'dispatcher_epoch', change: 'epoch = 1', where: 'platform IN (SELECT platform FROM dispatch)', key: 'platform', code: 'EPOCH_UNSAID' },
  { name: 'a delivery whose sound is hidden', table: 'delivery', change: "state = 'failed', reason = 'OFFLINE_NET'", where: "state = 'done'", key: 'dispatch, terminal', code: 'DELIVERY_UNSAID' },
  { name: 'a receipt forged as played', table: 'device_record', plant: `INSERT INTO device_record SELECT terminal, 900000000, platform, word, ${OTHER}, dispatch, message_digest, at, 1, envelope FROM device_record LIMIT 1`, found: 'counter = 900000000', code: 'RECORD_UNSAID' },
  { name: 'a receipt taken out', table: 'device_record', remove: "word = 'receipt' AND counter > 1", key: 'terminal, counter', code: 'SIGNED_MISSING' },
  { name: 'a planted consent', table: 'consent', plant: `INSERT INTO consent SELECT ${OTHER}, message, platform, 'thief', 'resume', 'x', id, '{}', 0 FROM dispatch LIMIT 1`, found: "person = 'thief'", code: 'CONSENT_UNSAID' },
  { name: 'a planted stop', table: 'stop', plant: `INSERT INTO stop SELECT ${A_UUID}, platform, 'x', true, '{}', 0, 0, '{}', 0 FROM dispatch LIMIT 1`, found: `id = ${A_UUID}`, code: 'STOP_UNSAID' },
  { name: 'a planted isolate', table: 'isolate', plant: `INSERT INTO isolate SELECT ${A_UUID}, id, id, ${OTHER}, 0, 9999999999999, '{}', 0 FROM platform LIMIT 1`, found: `id = ${A_UUID}`, code: 'ISOLATE_UNSAID' },
  { name: 'planted quiet hours', table: 'restriction', plant: `INSERT INTO restriction SELECT ${A_UUID}, id, id, 'period', ${OTHER}, 0, 9999999999999, '{}', 0 FROM platform LIMIT 1`, found: `id = ${A_UUID}`, code: 'RESTRICTION_UNSAID' },
  { name: 'a permit called withdrawn', table: 'permit', plant: `INSERT INTO permit SELECT ${OTHER}, id, '{}', 0, 'thief', 1 FROM platform LIMIT 1`, found: `digest = ${OTHER}`, code: 'PERMIT_UNSAID' },
  { name: 'a permit said to be used up', table: 'permit_use', plant: `INSERT INTO permit_use SELECT id, ${OTHER}, 0 FROM message LIMIT 1`, found: `permit = ${OTHER}`, code: 'PERMIT_USE_UNSAID' },
  { name: 'a planted late signature', table: 'late_signature', plant: "INSERT INTO late_signature SELECT id, 'planted', 'approver', NULL, 1, 0, 9999999999999, NULL FROM message LIMIT 1", found: "step = 'planted'", code: 'LATE_UNSAID' },
  { name: 'a planted drill', table: 'drill', plant: `INSERT INTO drill SELECT ${A_UUID}, id, '{}', 0, 1, 'thief', 0, NULL, NULL FROM platform LIMIT 1`, found: `id = ${A_UUID}`, code: 'DRILL_UNSAID' },
  { name: 'a planted roster, with policy and keys of the thief\'s', table: 'trust_document', plant: `INSERT INTO trust_document (word, platform, version, digest, envelope, accepted_at, accepted_by) SELECT 'roster', platform, 900, ${OTHER}, envelope, accepted_at, accepted_by FROM trust_document WHERE word = 'roster' LIMIT 1`, found: 'version = 900', code: 'DOCUMENT_UNSAID' },
  { name: 'the signature under a charter', table: 'trust_document', change: spoiled(), where: "word = 'charter' AND platform IN (SELECT id FROM platform WHERE tier = 'village')", key: 'place', code: 'DOCUMENT_REFUSED' },
  { name: 'a planted assignment', table: 'assignment', plant: `INSERT INTO assignment (platform, digest, envelope, accepted_at, accepted_by) SELECT platform, ${OTHER}, envelope, accepted_at, accepted_by FROM assignment LIMIT 1`, found: `digest = ${OTHER}`, code: 'ASSIGNMENT_UNSAID' },
  { name: 'the signature under an assignment', table: 'assignment', change: spoiled(), where: 'true', key: 'place', code: 'SIGNED_REFUSED' },
  { name: 'a terminal moved to another place', table: 'terminal', change: "area = (SELECT id FROM area WHERE tier = 'village' AND area.id <> terminal.area LIMIT 1)", where: "state = 'assigned'", key: 'id', code: 'TERMINAL_UNSAID' },
  { name: 'a planted device key', table: 'terminal', change: `device_key_id = ${OTHER}`, where: "state = 'assigned'", key: 'id', code: 'DEVICE_UNSAID' },
  { name: 'a planted account', table: 'account', plant: "INSERT INTO account SELECT 'thief', platform, 'thief', title, password_hash, tier, '{approver,stopper,officer}' FROM account LIMIT 1", found: "account = 'thief'", code: 'ACCOUNT_UNSAID' },
  { name: 'an incident called handled by nobody', table: 'incident', plant: `INSERT INTO incident SELECT ${A_UUID}, id, 'refused', '', NULL, 'closed', 0, 0, 1, '{}', '{}', '{}', '{}', '{}', NULL, 'thief', 0, '', ${A_UUID} FROM platform LIMIT 1`, found: `id = ${A_UUID}`, code: 'INCIDENT_UNSAID' },
  { name: 'what was said beside a leaf', table: 'audit_person_detail', change: "value = value || ' '", where: 'true', key: 'leaf_id, field', code: 'DETAIL_DIFFERS' },
];

/** Tables that no edit here touches, and why one can make nothing sound and hide nothing that was signed. A table that stands in neither list fails the family. */
const LEFT: Readonly<Record<string, string>> = {
  schema_migration: 'names of migrations: an edit keeps the server from starting', outbox: 'attacked by the family before: what is pushed again was signed, and terminals judge it',
  audit_leaf: 'attacked by the family of the audit', audit_sequence: 'attacked by the family of the audit', audit_head: 'attacked by the family of the audit', audit_tree: 'follows from the numbers; a wrong one becomes a head that differs',
  idempotent_answer: 'shows whoever asks twice a false answer; what it is about stays as it is', security_event: 'a list of what stands, signed, in the terminals\' records, and of refusals that changed nothing',
  session: 'a token is signed with a key that is not in the database; an ended session opens nothing that needs a key', sign_in_attempts: 'counts failures', sign_in_stranger_failures: 'counts failures',
  account_setup: 'sets a password: a session, and no key; its use leaves a leaf', account_totp: 'sealed with a key that is not in the database; taken out, it opens a session, and no key', recovery_code: 'as a second factor: a session, and no key',
  known_device: 'counts failures apart; it opens nothing',
  account_key: 'a second factor: a session, and no key', spent_challenge: 'over after minutes', area: 'a copy of what charters declare; a terminal reads its own signed assignment', platform: 'a copy of what charters declare',
  natural_village: 'says whom a warning reaches; nothing is targeted by it', public_place: 'says whom a warning reaches; nothing is targeted by it', map_drawing: 'a drawing',
  passkey_counter: 'terminals keep their own', key_request: 'officers compare its digits before they sign', key_seen: 'when a key was first seen', key_possession: 'when a key was last shown; the key signs or it does not',
  signing_shortage: 'an alarm that stands; reckoned again each minute', ending_papers: 'an alarm that stands; reckoned again from the documents', paper: 'half signed: what counts is the roster that comes of it', paper_signature: 'verified when the paper is put in force',
  media: 'lengths and loudness of files that are fetched by their digest', media_holder: 'who brought a file', media_reference: 'keeps a file from being thrown away', sound: 'offered to whoever composes, heard before it is signed; the digest is signed', speech: 'offered to whoever composes, heard before it is signed; the digest is signed',
  lexicon_entry: 'how a word is read to whoever composes, shown and heard before it is signed', template_version: 'a proposal to whoever composes, read before it is signed', template_use: 'which proposal is offered',
  live_session: 'whose turn it is to speak, and when it ended: a voice may be kept waiting or cut off by it; none sounds, what was said stands in its signed blocks and in the terminals\' receipts, and its beginning and end in leaves',
  device_counter: 'too high, it loses receipts that never came to be shown; nothing sounds, and their delivery stays unproved',
  terminal_presence: 'observed, and overwritten', terminal_health: 'reported, and overwritten at each exchange',
};

/** Every kind of row that whoever owns the database can edit: nothing sounds, and each edit is found and named by the server itself (T61). */
export const DATABASE_ROWS: Family = {
  family: 'rows of every table edited by the database administrator', threat: 'T61', where: 'district',
  run: async ({ range, tally }) => {
    const since = systemClock.now();
    await range.airNotice([range.cast.insideArea]);
    await range.submitNotice([range.cast.insideArea]);
    await sqlAs(range.system.ownerDatabaseUrl, async (query) => {
      await query('SET session_replication_role = replica');
      const attacked = new Set(EDITS.map(({ table }) => table));
      const tables = await query<{ name: string }>("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1");
      for (const { name } of tables) tally.judged(`the table ${name}`, attacked.has(name) || name in LEFT ? 'known' : 'a table that nobody thought of', ['known']);
      tally.control('every table that is named is there', [...attacked, ...Object.keys(LEFT)].every((name) => tables.some((table) => table.name === name)));
      const heard = await until(HEARD_MS, async () => (await query("SELECT 1 FROM delivery WHERE state = 'done' LIMIT 1")).length > 0 ? true : undefined);
      tally.control('a terminal has told that it sounded to its end', heard === true);
      const before = new Set((await checked(range)).map(nameOf));
      for (const round of roundsOf(EDITS)) {
        const undo = [];
        for (const [index, edit] of round.entries()) undo.push(await made(query, edit, index));
        await systemClock.sleep(QUIET_MS);
        const found = (await checked(range)).filter((fault) => !before.has(nameOf(fault)));
        for (const [index, { name, table, code }] of round.entries()) {
          const isFound = found.some((fault) => fault.table === table && fault.code === code);
          tally.judged(name, undo[index] === undefined ? 'no row to edit' : isFound ? 'found' : 'not found', ['found']);
        }
        for (const back of undo) await back?.();
      }
      const after = (await checked(range)).map(nameOf).filter((name) => !before.has(name));
      tally.control(`undone, nothing of it is left: ${after.slice(0, 3).join('; ') || 'nothing'}`, after.length === 0);
    });
    const events = (await range.events(since)).filter(({ kind }) => kind === 'audit-fault');
    tally.alarmed(events.length);
    tally.control('the platform tells of them', events.length > 0);
    await quietly({ range, tally }, since);
  },
};

async function quietly({ range, tally }: Pick<Scene, 'range' | 'tally'>, since: number): Promise<void> {
  tally.heard('after it', (await range.soundedWrongly(since)).length);
  await range.airNotice([range.cast.insideArea]);
  tally.control('a genuine notice sounds after it', true);
}

/** The first of every table together, then the second of each, and so on. */
function roundsOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const rounds: Edit[][] = [];
  for (const edit of edits) {
    const round = rounds.find((one) => one.every(({ table }) => table !== edit.table));
    if (round === undefined) rounds.push([edit]);
    else round.push(edit);
  }
  return rounds;
}

/** Done; gives what takes it back, undefined where there was no row. */
async function made(query: Query, edit: Edit, index: number): Promise<(() => Promise<void>) | undefined> {
  const { table } = edit;
  if ('plant' in edit) {
    const rows = await query(`${edit.plant} RETURNING 1`);
    return rows.length === 0 ? undefined : async () => { await query(`DELETE FROM ${table} WHERE ${edit.found}`); };
  }
  const kept = `before_${index}`;
  const where = 'remove' in edit ? edit.remove : edit.where;
  await query(`DROP TABLE IF EXISTS pg_temp.${kept}`);
  await query(`CREATE TEMP TABLE ${kept} AS SELECT * FROM ${table} WHERE ${where} LIMIT 1`);
  const these = `(${edit.key}) IN (SELECT ${edit.key} FROM ${kept})`;
  const rows = await query('remove' in edit ? `DELETE FROM ${table} WHERE ${these} RETURNING 1` : `UPDATE ${table} SET ${edit.change} WHERE ${these} RETURNING 1`);
  if (rows.length === 0) return undefined;
  return async () => {
    await query(`DELETE FROM ${table} WHERE ${these}`);
    await query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM ${kept}`);
  };
}

/** What the server finds when an auditor asks. */
export async function checked(range: Range): Promise<readonly RowFault[]> {
  const api = await administrator(range);
  const ask = (): Promise<RowCheck> => api.get('/api/audit/check', rowCheckSchema);
  const idle = async (): Promise<RowCheck> => await until(CHECKED_MS, async () => {
    const seen = await ask();
    return seen.running ? undefined : seen;
  }, 100) ?? ask();
  const before = (await idle()).startedAt;
  await api.post('/api/audit/check', rowCheckSchema, {});
  const seen = await idle();
  if (seen.running || seen.startedAt === before) throw new Error('the comparison of all rows did not end');
  return seen.faults;
}

/** Holds no signing key, and reads the audit. */
export async function administrator({ setting }: Range): Promise<ApiClient> {
  const known = signedIn.get(setting.dir) ?? new ApiClient(setting.cli, systemClock);
  if (!signedIn.has(setting.dir)) await known.signIn('district-admin', readFileSync(path.join(setting.cli.demoKeysDir, 'passphrase'), 'utf8').trim());
  signedIn.set(setting.dir, known);
  return known;
}

function nameOf({ table, row, code }: RowFault): string {
  return `${code} ${table} ${row}`;
}
