import { draftSchema } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { apiAttacks } from '../../../scripted-day/src/attacks/api';
import { databaseAttacks } from '../../../scripted-day/src/attacks/database';
import { Checks } from '../../../scripted-day/src/checks';
import { Heard } from '../../../scripted-day/src/heard';
import { paceOf } from '../../../scripted-day/src/pace';
import { noticeDraft } from '../../../scripted-day/src/scripts';
import { Stage } from '../../../scripted-day/src/stage';
import type { Family, Scene } from '../attack';
import type { Range } from '../range';
import { sqlAs } from '../sql';

/** Two states and one planted approval. */
const EDITS = 3;

/** People with a session and one key, alone: the API refuses each, and nothing sounds. */
export const INSIDERS: Family = {
  family: 'one insider through the API', threat: 'T16 T20 T22', where: 'district',
  run: async ({ range, tally }) => {
    const { cast } = range;
    const since = systemClock.now();
    const author = await range.actor(cast.district, cast.noticeAuthor);
    const attempts = await apiAttacks({
      author, approver: await range.actor(cast.district, cast.noticeApprover),
      villageHead: await range.actor(cast.village, `${cast.village}-head`), villageClerk: await range.actor(cast.village, `${cast.village}-clerk`), attacker: range.keys.attacker,
      wanted: draftSchema.parse(await noticeDraft(author, [cast.insideArea], 1, 300_000)),
    });
    for (const { name, code, expected } of attempts) tally.judged(name, code === 'ACCEPTED' ? 'play' : code, expected);
    await quietly({ range, tally }, since);
  },
};

/** Whoever owns the database edits what decides; hijacking the platform gives no more than that and its dispatcher, which the link families are given. */
export const DATABASE: Family = {
  family: 'the database administrator', threat: 'T61 T23', where: 'district',
  run: async ({ range, tally }) => {
    const since = systemClock.now();
    const bulletin = await range.airNotice([range.cast.insideArea]);
    const stage = stageOf(range);
    for (const { name, ok, detail } of await databaseAttacks(stage, range.keys, bulletin.order)) tally.judged(`${name} (${detail})`, !ok ? 'play' : detail.startsWith('UNEXPECTED') ? detail : 'refused', ['refused']);
    tally.control('the edits of text, state, approval and place were made', await editsOf(range) >= EDITS);
    for (const [digest, { targets }] of stage.messages) range.allow(digest, [...targets]);
    await relabel({ range, tally });
    await quietly({ range, tally }, since);
  },
};

/** What the administrator's edits left behind: two messages called approved that nobody approved, one of them with an approval by the thief's key. */
async function editsOf(range: Range): Promise<number> {
  return sqlAs(range.system.ownerDatabaseUrl, async (query) => {
    const [called] = await query<{ count: string }>("SELECT count(*) AS count FROM message WHERE state = 'approved' AND id NOT IN (SELECT subject::uuid FROM audit_leaf WHERE kind = 'approval.signed')");
    const [planted] = await query<{ count: string }>("SELECT count(*) AS count FROM approval WHERE message::text NOT IN (SELECT subject FROM audit_leaf WHERE kind LIKE 'approval.%')");
    return Number(called?.count ?? 0) + Number(planted?.count ?? 0);
  });
}

/** Every row that could send something is told to, by hand: states, deliveries and the outbox. */
async function relabel({ range, tally }: Pick<Scene, 'range' | 'tally'>): Promise<void> {
  const before = systemClock.now();
  const waiting = await range.submitNotice([range.cast.insideArea]);
  const edits: readonly (readonly [string, string])[] = [
    ['every waiting message is called dispatched', 'UPDATE message SET state = \'dispatched\' WHERE state = \'submitted\''],
    ['every delivery is queued again', 'UPDATE delivery SET state = \'queued\''],
    ['every outbox row is due again', 'UPDATE outbox SET state = \'waiting\', lease_until = NULL, due_at = now()'],
  ];
  for (const [name, edit] of edits) {
    const edited = await sqlAs(range.system.ownerDatabaseUrl, async (query) => (await query(`${edit} RETURNING 1`)).length);
    tally.control(`the owner of the database did it: ${name}, ${edited} rows`, edited > 0);
    await systemClock.sleep(2_000);
    const sounded = (await range.soundedWrongly(before)).length;
    tally.judged(`${name}: ${edited} rows`, sounded > 0 ? 'play' : 'silent', ['silent']);
  }
  tally.heard('the message that waits', (await range.cards(before)).filter((card) => card.messageDigest === waiting.digest).length);
}

async function quietly({ range, tally }: Pick<Scene, 'range' | 'tally'>, since: number): Promise<void> {
  await systemClock.sleep(2_000);
  tally.heard('after it', (await range.soundedWrongly(since)).length);
  await range.airNotice([range.cast.insideArea]);
  tally.control('a genuine notice sounds after it', true);
}

function stageOf(range: Range): Stage {
  const { setting, cast, system, simulator } = range;
  return new Stage(setting.cli, cast, paceOf(true), system, simulator, new Checks(() => undefined), range.startedAt, [], new Heard(undefined, simulator), () => undefined);
}
