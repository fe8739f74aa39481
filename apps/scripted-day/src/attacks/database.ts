import { Client } from 'pg';
import { messageViewSchema, type Order } from '#libs/contracts';
import { detailOf } from '../../../cli/src';
import type { Actor } from '../actor';
import { noticeDraft, villageDraft } from '../scripts';
import type { Stage } from '../stage';
import { approved, deliveriesOf, submitted, type Published } from '../steps/publish';
import { until } from '../until';
import { codeOf, postApproval } from './api';
import { approvalsOf, recorded, type StolenKeys } from './stolen-keys';

export interface EditOutcome { readonly name: string; readonly ok: boolean; readonly detail: string }

/** Edits by whoever owns the database: text, state, approvals, keys, area. None may lead to a sound. */
export async function databaseAttacks(stage: Stage, keys: StolenKeys, bulletin: Order): Promise<readonly EditOutcome[]> {
  const client = new Client({ connectionString: stage.system.ownerDatabaseUrl });
  await client.connect();
  try {
    const author = await stage.actor(stage.cast.district, stage.cast.noticeAuthor);
    const approver = await stage.actor(stage.cast.district, stage.cast.noticeApprover);
    return [
      await editText(stage, client, author, approver),
      await editState(stage, client, author),
      await plantApproval(stage, client, keys, author, bulletin),
      await moveTerminal(stage, client),
    ];
  } finally {
    await client.end();
  }
}

async function waiting(stage: Stage, author: Actor): Promise<Published> {
  return submitted(author, await noticeDraft(author, [stage.cast.insideArea], 1, 300_000));
}

/** The text of a message that waits for its approver is exchanged together with its digest. */
async function editText(stage: Stage, client: Client, author: Actor, approver: Actor): Promise<EditOutcome> {
  const message = await waiting(stage, author);
  const detail = await detailOf(author.context, message.id);
  const payload = Buffer.from(detail.envelope.payload, 'base64').toString('utf8').replace('三点', '两点');
  const envelope = { ...detail.envelope, payload: Buffer.from(payload, 'utf8').toString('base64') };
  const write = async (changed: typeof envelope, bytes: Buffer): Promise<void> => {
    await client.query('ALTER TABLE message DISABLE TRIGGER message_frozen');
    await client.query('UPDATE message SET envelope = $2, digest = encode(sha256($3), \'hex\') WHERE id = $1', [message.id, JSON.stringify(changed), bytes]);
    await client.query('ALTER TABLE message ENABLE TRIGGER message_frozen');
  };
  await write(envelope, Buffer.from(payload, 'utf8'));
  const code = await codeOf(async () => postApproval(approver, await detailOf(approver.context, message.id), approver.person, approver.signer));
  // Put back, or the day's audit would not prove itself: the message that its author signed would be gone.
  await write(detail.envelope, Buffer.from(detail.envelope.payload, 'base64'));
  return { name: 'the text is exchanged before the approval', ok: code !== 'ACCEPTED', detail: code };
}

/** A message that nobody approved is marked approved, then released. */
async function editState(stage: Stage, client: Client, author: Actor): Promise<EditOutcome> {
  const message = await waiting(stage, author);
  await client.query('UPDATE message SET state = \'approved\', approved_at = submitted_at WHERE id = $1', [message.id]);
  const code = await codeOf(() => author.context.api.post(`/api/messages/${message.id}/dispatch`, messageViewSchema, { terminals: [] }));
  return { name: 'the state says approved, nobody signed', ok: code !== 'ACCEPTED', detail: code };
}

/** An approval signed by the thief's key is written into the table, the state set, the message released. */
async function plantApproval(stage: Stage, client: Client, keys: StolenKeys, author: Actor, bulletin: Order): Promise<EditOutcome> {
  const message = await waiting(stage, author);
  const base = recorded(bulletin).approvals[0];
  if (base === undefined) return { name: 'an approval is planted', ok: false, detail: 'no approval to copy' };
  const detail = await detailOf(author.context, message.id);
  const [planted] = await approvalsOf(detail.envelope, { ...base, policyVersion: detail.policyVersion }, [{ person: stage.cast.noticeApprover, signer: keys.attacker }]);
  await client.query(
    'INSERT INTO approval (message, author, person, step, decision, payload_digest, envelope, received_at) VALUES ($1, $2, $3, $4, \'approve\', $5, $6, $7)',
    [message.id, author.person, stage.cast.noticeApprover, 'issue', message.digest, JSON.stringify(planted), author.context.clock.now()],
  );
  await client.query('UPDATE message SET state = \'approved\', approved_at = submitted_at WHERE id = $1', [message.id]);
  const code = await codeOf(() => author.context.api.post(`/api/messages/${message.id}/dispatch`, messageViewSchema, { terminals: [] }));
  return { name: 'an approval is planted', ok: code !== 'ACCEPTED', detail: code };
}

/** A terminal's row is moved into a village; the village speaks; the moved terminal must stay silent. */
async function moveTerminal(stage: Stage, client: Client): Promise<EditOutcome> {
  const { cast } = stage;
  const row = await client.query<{ id: string; platform: string; area: string }>('SELECT id, platform, area FROM terminal WHERE area = $1 AND state = \'assigned\' LIMIT 1', [cast.insideArea]);
  const moved = row.rows[0];
  if (moved === undefined) return { name: 'a terminal is moved', ok: false, detail: 'no terminal to move' };
  await client.query('UPDATE terminal SET platform = $2, area = $2 WHERE id = $1', [moved.id, cast.village]);
  const clerk = await stage.actor(cast.village, `${cast.village}-clerk`);
  const head = await stage.actor(cast.village, `${cast.village}-head`);
  const message = await submitted(clerk, await villageDraft(clerk, cast));
  await approved(message, [head]);
  const deliveries = (await deliveriesOf(message)).filter((delivery) => delivery.terminal !== moved.id);
  stage.remember(message, deliveries.map((delivery) => delivery.terminal));
  const genuine = deliveries.filter((delivery) => delivery.onlineAtDispatch).map((delivery) => delivery.terminal);
  const sounded = await until(10_000, async () => {
    const cards = (await stage.cards()).filter((card) => card.messageDigest === message.digest);
    return cards.length >= genuine.length ? cards : undefined;
  });
  await client.query('UPDATE terminal SET platform = $2, area = $3 WHERE id = $1', [moved.id, moved.platform, moved.area]);
  const wrong = (sounded ?? []).some((card) => card.terminal === moved.id);
  return { name: 'a terminal is moved into another village', ok: sounded !== undefined && !wrong, detail: `${sounded?.length ?? 0} of ${genuine.length} genuine ones sounded, the moved one ${wrong ? 'too' : 'stayed silent'}` };
}

