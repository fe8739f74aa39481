import {
  approvalSchema, areaIdSchema, envelopeSchema, messageSchema, messageViewSchema, platformIdSchema, restrictionIdSchema, restrictionViewSchema, type EnvelopeShape, type RestrictionPayload,
} from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { detailOf, draft, readMessageEnvelope, signApproval, submitSigned, systemClock } from '../../../cli/src';
import { postApproval } from '../../../scripted-day/src/attacks/api';
import { dispatchOf, readPayload, recorded } from '../../../scripted-day/src/attacks/stolen-keys';
import { noticeDraft } from '../../../scripted-day/src/scripts';
import type { Published } from '../../../scripted-day/src/steps/publish';
import { until } from '../../../scripted-day/src/until';
import type { Aired, Range } from '../range';
import { sqlAs } from '../sql';
import type { TheftRow } from './matrix';

/** Long enough to sign two notices. */
const PERIOD_MS = 10_000;
const WINDOW_MS = 3_600_000;
const SOUNDS_MS = 20_000;
/** Above the numbers that other attacks take, inside the window of those that the platform gives. */
const SEQ_ABOVE = 900;
const OFFICERS = ['district-yjj-officer', 'district-jtz-officer'] as const;

/**
 * The district's dispatcher key, stolen, and what left with signatures: two notices that an important period asked two
 * approvals for, signed by one, then sent back and taken back. When it is over one is enough again, and only the stop
 * that the platform placed stands against it: right is REJ_STOPPED at every terminal. One that its author only holds
 * sounds, for persons signed it for its window (design 1): that is expected, and printed.
 */
export async function takenBackRows(range: Range, aired: Aired, say: (line: string) => void): Promise<readonly TheftRow[]> {
  const [sentBack, withdrawn, held] = [await notice(range), await notice(range), await notice(range, true)];
  const endsAt = await importantPeriod(range);
  for (const one of [sentBack, withdrawn]) await approvedByOne(range, one, 'submitted');
  await sendBack(range, sentBack);
  await withdrawn.author.context.api.post(`/api/messages/${withdrawn.id}/withdraw`, messageViewSchema, { reason: 'taken back after the first signature' });
  await systemClock.sleep(Math.max(0, endsAt + 1_000 - systemClock.now()));
  await approvedByOne(range, held, 'approved');
  const rows = [await heldRow(range, aired, held), await overRow(range, aired, 'sent back', sentBack), await overRow(range, aired, 'withdrawn', withdrawn)];
  for (const row of rows) say(`  ${row.asExpected ? 'ok  ' : 'FAIL'} ${row.stolen}: ${row.tried} tried, sounded at ${row.soundedAt.join(' ') || 'no terminal'} (may: ${row.within})${(row.wrongCode ?? []).map((one) => `; ${one}`).join('')}`);
  return rows;
}

/** Two officers sign that notices ask for two approvals for some seconds; when that ends. */
async function importantPeriod(range: Range): Promise<number> {
  const { cast, keys } = range;
  const now = systemClock.now();
  const period: RestrictionPayload = {
    restrictionId: restrictionIdSchema.parse(systemClock.uuid7()), platform: platformIdSchema.parse(cast.district), area: areaIdSchema.parse(cast.insideArea), kind: 'period', classes: ['notice'],
    approvals: 2, reason: '保障期', notBefore: now, notAfter: now + PERIOD_MS, issuedAt: now,
  };
  const restriction = await signEnvelope('restriction', encodePayload(period), await Promise.all(OFFICERS.map((who) => keys.officer(cast.district, who))));
  const officer = await range.actor(cast.district, cast.officer);
  await officer.context.api.post('/api/restrictions', restrictionViewSchema, { restriction });
  return period.notAfter;
}

async function notice(range: Range, hold = false): Promise<Published> {
  const author = await range.actor(range.cast.district, range.cast.noticeAuthor);
  const drafted = await draft(author.context, await noticeDraft(author, [range.cast.insideArea], 1, WINDOW_MS));
  const view = await submitSigned(author.context, drafted, author.signer, hold);
  return { id: view.id, digest: drafted.read.digest, author, view };
}

async function approvedByOne(range: Range, { id }: Published, expected: 'submitted' | 'approved'): Promise<void> {
  const approver = await range.actor(range.cast.district, range.cast.noticeApprover);
  await postApproval(approver, await detailOf(approver.context, id), approver.person, approver.signer);
  const { state } = await detailOf(approver.context, id);
  if (state !== expected) throw new Error(`after one signature the notice is ${state} instead of ${expected}`);
}

async function sendBack(range: Range, { id }: Published): Promise<void> {
  const approver = await range.actor(range.cast.district, range.cast.bulletinApprovers[0]);
  const detail = await detailOf(approver.context, id);
  const approval = await signApproval(readMessageEnvelope(detail.envelope), {
    person: approver.person, step: detail.steps.find(({ open }) => open)?.name ?? 'issue', decision: 'return', reason: '地点有误', policyVersion: detail.policyVersion, listenedPermille: 1_000, signedAt: systemClock.now(),
  }, approver.signer);
  await approver.context.api.post(`/api/messages/${id}/approvals`, messageViewSchema, { approval });
}

/** What the key and the database give: every genuine approval of it under a new dispatch, that stays inside what was signed. */
async function boundAnew(range: Range, aired: Aired, { id, author }: Published, nth: number): Promise<Awaited<ReturnType<typeof dispatchOf>>> {
  const { envelope } = await detailOf(author.context, id);
  const rows = await sqlAs(range.system.ownerDatabaseUrl, (query) => query<{ envelope: string }>('SELECT envelope FROM approval WHERE message = $1', [id]));
  const approvals = rows.map((row): EnvelopeShape => envelopeSchema.parse(JSON.parse(row.envelope))).filter((one) => approvalSchema.parse(readPayload(one)).decision === 'approve');
  if (approvals.length !== 1) throw new Error(`${approvals.length} approvals lie in the database instead of one`);
  const message = messageSchema.parse(readPayload(envelope));
  const { dispatch } = recorded(aired.order);
  return dispatchOf(dispatch, envelope, approvals, await range.keys.dispatcher(range.cast.district), {
    targets: { ...message.targets, heard: null }, notBefore: message.notBefore, notAfter: message.notAfter, repeats: message.repeats, maxDurationMs: messageDurationMs(message), seq: dispatch.seq + SEQ_ABOVE + nth,
  });
}

async function overRow(range: Range, aired: Aired, what: 'sent back' | 'withdrawn', message: Published): Promise<TheftRow> {
  const since = systemClock.now();
  const refused = await range.inject(aired.targets, { kind: 'order', order: await boundAnew(range, aired, message, what === 'withdrawn' ? 1 : 2) });
  const wrongCode = aired.targets.flatMap((terminal) => (refused.get(terminal)?.code === 'REJ_STOPPED' ? [] : [`${terminal}: ${refused.get(terminal)?.code ?? 'no refusal'} instead of REJ_STOPPED`]));
  const wrong = (await range.soundedWrongly(since)).filter(({ messageDigest }) => messageDigest === message.digest);
  return {
    stolen: `dispatcher key, and a notice that was ${what} after the first of two signatures (district)`, within: 'nowhere', tried: aired.targets.length, sounded: wrong.length,
    soundedAt: [...new Set(wrong.map(({ terminal }) => terminal))].sort(), ...(wrongCode.length === 0 ? {} : { wrongCode }), asExpected: wrong.length === 0 && wrongCode.length === 0 && aired.targets.length > 0,
  };
}

async function heldRow(range: Range, aired: Aired, held: Published): Promise<TheftRow> {
  range.allow(held.digest, aired.targets);
  await range.simulator.inject(aired.targets, { kind: 'order', order: await boundAnew(range, aired, held, 0) });
  const heardAt = async (): Promise<readonly string[]> => [...new Set((await range.cards()).filter(({ messageDigest }) => messageDigest === held.digest).map(({ terminal }) => terminal))].sort();
  const within = [...aired.targets].sort();
  await until(SOUNDS_MS, async () => ((await heardAt()).join() === within.join() ? true : undefined));
  const soundedAt = await heardAt();
  return { stolen: 'dispatcher key, and a held notice, fully approved, inside its window (district)', within: within.join(' '), tried: within.length, sounded: soundedAt.length, soundedAt, asExpected: within.length > 0 && soundedAt.join() === within.join() };
}
