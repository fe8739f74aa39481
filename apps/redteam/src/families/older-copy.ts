import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { historyViewSchema, incidentViewSchema, messageViewSchema, stopAnswerSchema, type HistoryView } from '#libs/contracts';
import { CliError, detailOf, systemClock } from '../../../cli/src';
import { epoch } from '../../../cli/src/commands/epoch';
import { revoke } from '../../../cli/src/commands/revoke';
import { codeOf, postApproval } from '../../../scripted-day/src/attacks/api';
import { until } from '../../../scripted-day/src/until';
import type { Actor } from '../../../scripted-day/src/actor';
import type { Family, Scene } from '../attack';
import type { Range } from '../range';

const NOTICED_MS = 20_000;
/** The one who signs the district's revocations in every family: each stands on the list before it. */
const OFFICER = 'district-yjj-officer';
const DOUBTFUL = ['DATABASE_DOUBTFUL'];

/**
 * The district's own PostgreSQL is ended, the folder of some minutes ago put in its place, and started: what was revoked
 * since is unknown again, numbers come twice. Nothing may go out until somebody has seen it, and no revoked key may count.
 */
export const OLDER_COPY: Family = {
  family: 'an older copy of the database folder, put back', threat: 'T78', where: 'district',
  run: async ({ range, tally }) => {
    const { cast, setting, system } = range;
    const folder = path.join(setting.supervisor.platform.dataDir, 'postgres');
    const copy = path.join(setting.dir, 'postgres-older');
    await range.airNotice([cast.insideArea]);
    tally.control('a genuine notice sounded before', true);
    await system.stopDatabase();
    execFileSync('cp', ['-a', folder, copy]);
    await system.startDatabase();
    await answering(range);
    const kept = path.join(setting.supervisor.platform.dataDir, 'documents.jsonl');
    const keptBefore = bytesOf(kept);
    const revoked = await revokeApprover(range);
    await range.airNotice([cast.insideArea]);
    // What was accepted is kept beside the database within seconds.
    tally.control('the revocation is kept beside the database', await until(NOTICED_MS, () => Promise.resolve(bytesOf(kept) > keptBefore ? true : undefined)) === true);
    const since = systemClock.now();
    await system.stopDatabase();
    rmSync(folder, { recursive: true, force: true });
    execFileSync('cp', ['-a', copy, folder]);
    rmSync(copy, { recursive: true, force: true });
    await system.startDatabase();
    await answering(range);
    await attempts({ range, tally }, 'under the running server', revoked);
    await system.restart('platform');
    await range.untilAllThere();
    await attempts({ range, tally }, 'after a start of the server', revoked);
    tally.judged('the epoch raised while a revocation is lost', await codeOf(() => raiseAlone(range)), ['DOCUMENTS_MISSING']);
    const stopper = await range.actor(cast.district, cast.stopper);
    const stopped = await stopper.context.api.postStop(stopAnswerSchema, { area: cast.insideArea }).then(() => 'yes', (cause: unknown) => String(cause));
    tally.control(`a stop still works: ${stopped}`, stopped === 'yes');
    const officer = await range.actor(cast.district, OFFICER);
    const incident = await until(NOTICED_MS, async () => ((await officer.context.api.get('/api/incidents', z.array(incidentViewSchema))).some(({ kind, lastAt }) => kind === 'altered-record' && lastAt >= since) ? true : undefined));
    tally.alarmed(incident === true ? 1 : 0);
    tally.control('the district sees it as an incident', incident === true);
    tally.heard('while in doubt', (await range.soundedWrongly(since)).length);
    tally.control('an officer brings back what is lost and raises the epoch, with one command', await epoch.run(['raise', '--reason', '演练：备份恢复'], officer.context) === 0);
    // What is composed in the millisecond of a stop of everything is silenced by it.
    await systemClock.sleep(1_000);
    const waiting = await range.submitNotice([cast.insideArea]);
    const { context } = await range.actor(cast.district, cast.bulletinApprovers[0]);
    tally.judged('an approval by the revoked key, after all is back', await codeOf(() => approve({ ...revoked, context }, waiting.id)), ['REJ_KEY_REVOKED']);
    const aired = await range.airNotice([cast.insideArea]);
    tally.control('a genuine notice sounds under the new epoch', aired.targets.length > 0);
    tally.heard('after it', (await range.soundedWrongly(since)).length);
  },
};

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The server has found its database again. */
async function answering(range: Range): Promise<void> {
  const answers = await until(NOTICED_MS, async () => {
    try {
      range.forgetSessions();
      await range.actor(range.cast.district, OFFICER);
      return true;
    } catch (cause) {
      if (cause instanceof CliError) return undefined;
      throw cause;
    }
  }, 500);
  if (answers !== true) throw new Error('the server does not answer with its database');
}

/** One officer takes an approver's key out of use, as the command line does. */
async function revokeApprover(range: Range): Promise<Actor> {
  const { cast, setting } = range;
  const [approver, officer] = [await range.actor(cast.district, cast.bulletinApprovers[0]), await range.actor(cast.district, OFFICER)];
  const keys = setting.cli.demoKeysDir;
  const code = await revoke.run([approver.signer.key.keyId, '--platform', cast.district, '--key', path.join(keys, 'officers', cast.district, `${OFFICER}.key.json`), '--passphrase-file', path.join(keys, 'passphrase')], officer.context);
  if (code !== 0) throw new Error(`the revocation ended with ${code}`);
  return approver;
}

/** What somebody does in front of a server that has forgotten: people who are right, and the key that is revoked. */
async function attempts({ range, tally }: Pick<Scene, 'range' | 'tally'>, when: string, revoked: Actor): Promise<void> {
  const { cast } = range;
  const noticed = await until(NOTICED_MS, async () => ((await historyOf(range)).doubt === null ? undefined : true), 500);
  tally.control(`noticed ${when}`, noticed === true);
  const waiting = await range.submitNotice([cast.insideArea]);
  const signedIn = await range.actor(cast.district, cast.bulletinApprovers[0]);
  // A server that kept its papers in memory knows the revocation still; one that started on the copy does not.
  tally.judged(`the revoked approver's word releases a notice, ${when}`, await codeOf(() => approve({ ...revoked, context: signedIn.context }, waiting.id)), [...DOUBTFUL, 'REJ_KEY_REVOKED']);
  tally.judged(`a genuine approver's word releases a notice, ${when}`, await codeOf(async () => approve(await range.actor(cast.district, cast.noticeApprover), waiting.id)), DOUBTFUL);
  const author = await range.actor(cast.district, cast.noticeAuthor);
  tally.judged(`the notice is sent without a word, ${when}`, await codeOf(() => author.context.api.post(`/api/messages/${waiting.id}/dispatch`, messageViewSchema, { terminals: [] })), [...DOUBTFUL, 'STATE_CONFLICT', 'WRONG_STATE', 'NOT_APPROVED']);
  const { village } = cast;
  const [clerk, head] = [await range.actor(village, `${village}-clerk`), await range.actor(village, `${village}-head`)];
  const own = await range.submitVillage(clerk);
  tally.judged(`a village's own message, ${when}`, await codeOf(() => approve(head, own.id)), DOUBTFUL);
}

async function approve(by: Actor, id: string): Promise<unknown> {
  return postApproval(by, await detailOf(by.context, id), by.person, by.signer);
}

async function historyOf(range: Range): Promise<HistoryView> {
  return (await range.actor(range.cast.district, OFFICER)).context.api.get('/api/history', historyViewSchema);
}

async function raiseAlone(range: Range): Promise<unknown> {
  return (await range.actor(range.cast.district, OFFICER)).context.api.post('/api/history/epoch', historyViewSchema, { reason: '演练' });
}
