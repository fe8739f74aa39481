import { lateSignatureSchema, onAirSchema, type LateSignature, type Policy, type Roster } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { CheckRows, SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { WatchWindows } from '../../../../../apps/platform/src/features/messages/watch-windows';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { DEFAULT_POLICY } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const HOUR = 3_600_000;
const NOTICE = { class: 'notice', severity: 'none', volume: undefined, segments: undefined, speech: {} };

/** The default, but for notices, which a second person signs within a day after they went out (先播后补签). */
const LATER: Policy = {
  version: 2,
  rules: [{
    classes: ['notice'], severities: [], modes: ['actual', 'drill'], tiers: [], minAreas: 0, verification: 'none',
    steps: [
      { name: 'issue', role: 'approver', unit: null, count: 1, order: 1, mayFollowAir: false, dueHours: 0 },
      { name: 'review', role: 'approver', unit: null, count: 1, order: 2, mayFollowAir: true, dueHours: 24 },
    ],
  }, ...DEFAULT_POLICY.rules],
};
const listed = async (who = 't1-author'): Promise<readonly LateSignature[]> => lateSignatureSchema.array().parse((await (await flow.as(who)).get('/api/late-signatures')).body);
const counted = async () => onAirSchema.parse((await (await flow.as('t1-author')).get('/api/on-air')).body).lateSignatures;
const open = async (id: string) => (await flow.view(id)).steps.filter((step: { open: boolean }) => step.open).map((step: { name: string }) => step.name);

/** The roster of t1 with another policy. */
async function publish(version: number, policy: Policy): Promise<void> {
  const known = server.world.expected.documents.find((one) => one.payloadType.includes('.roster.') && readPayload<Roster>(one).platform === 't1');
  if (known === undefined) throw new Error('no roster of t1');
  const roster = await signEnvelope('roster', encodePayload({ ...readPayload<Roster>(known), version, policy }), server.world.officers('t1').slice(0, 2));
  expect((await (await flow.as('t1-officer-1')).post('/api/trust/documents', { documents: [roster] })).body).toEqual({ accepted: 1 });
}
/** Messages that went out and owe, by their ids. */
const aired = new Map<string, Awaited<ReturnType<typeof flow.submit>>>();

describe('a signature that may follow the air', () => {
  it('is owed from the moment when the message sounds, listed, said when its day is over, and taken late', async () => {
    await publish(2, LATER);
    const made = await flow.submit('t1', NOTICE);
    expect(await open(made.id)).toEqual(['issue']);
    const policyVersion = 2;
    expect((await flow.approve('t1', made, 'approver-a', { policyVersion })).status).toBe(201);
    await flow.settle();
    // It is out with one signature; the order carries that one alone.
    expect((await flow.view(made.id)).state).toBe('dispatched');
    const order = flow.gateway.frames('order').at(-1)?.frame.order;
    expect([order?.approvals.length, order === undefined ? '' : readPayload<{ messageDigest: string }>(order.dispatch).messageDigest]).toEqual([1, made.digest]);
    expect(await open(made.id)).toEqual(['review']);
    expect(await listed()).toMatchObject([{ message: made.id, platform: 't1', step: 'review', role: 'approver', missing: 1, isOverdue: false, title: made.message.texts[0]?.title }]);
    expect([(await listed('t2-author')).length, (await listed('d-author')).length]).toEqual([0, 1]);
    expect(await counted()).toEqual({ owed: 1, overdue: 0 });

    server.clock.advance(25 * HOUR);
    flow.callers.clear();
    expect((await listed())[0]?.isOverdue).toBe(true);
    for (const _ of [1, 2]) await server.app.get(WatchWindows).tellOverdue();
    expect(await db.asOwner("SELECT platform, count FROM security_event WHERE kind = 'signature-overdue'")).toEqual([{ platform: 't1', count: 1 }]);
    expect(await counted()).toEqual({ owed: 1, overdue: 1 });
    // Leaves of one millisecond stand in no order.
    server.clock.advance(1_000);

    const late = async (who: string, step: string, decision: 'approve' | 'return' = 'approve') => {
      const answer = await flow.approve('t1', made, who, { policyVersion, step, decision });
      return [answer.status, answer.body.code];
    };
    expect(await late('approver-a', 'review')).toEqual([422, 'REJ_APPROVER_REPEATED']);
    expect(await late('approver-b', 'issue')).toEqual([422, 'REJ_APPROVAL_STEP']);
    expect(await late('approver-b', 'review', 'return')).toEqual([409, 'STATE_CONFLICT']);
    expect(await late('approver-b', 'review')).toEqual([201, undefined]);
    expect([await listed(), await open(made.id), await counted()]).toEqual([[], [], { owed: 0, overdue: 0 }]);
    expect(await late('approver-c', 'review')).toEqual([409, 'STATE_CONFLICT']);
    const leaves = await db.asOwner<{ kind: string }>("SELECT kind FROM audit_leaf WHERE subject = $1 AND kind LIKE 'approval.%' ORDER BY id", [made.id]);
    expect(leaves.slice(0, 2).map(({ kind }) => kind).sort()).toEqual(['approval.owed', 'approval.signed']);
    expect(leaves.slice(2).map(({ kind }) => kind)).toEqual(['approval.overdue', 'approval.late']);
    aired.set(made.id, made);
  });

  it('of a held message is owed only from when it goes out', async () => {
    const made = await flow.submit('t1', NOTICE, true);
    expect((await flow.approve('t1', made, 'approver-a', { policyVersion: 2 })).status).toBe(201);
    await flow.settle();
    expect([(await flow.view(made.id)).state, await listed()]).toEqual(['approved', []]);
    expect((await (await flow.as('t1-author')).post(`/api/messages/${made.id}/dispatch`, {})).status).toBeLessThan(300);
    await flow.settle();
    expect((await listed()).map(({ message }) => message)).toEqual([made.id]);
    aired.set(made.id, made);
  });

  it('cannot be taken off its list, put off or called told in the database without being found, with table and row', async () => {
    const [owed] = await listed();
    if (owed === undefined) throw new Error('nothing is owed');
    const told = [...aired.keys()].find((id) => id !== owed.message);
    const found = async (edit = ''): Promise<readonly string[]> => {
      if (edit !== '') await db.asOwner(`CREATE TABLE kept_late AS SELECT * FROM late_signature; ${edit}`);
      server.clock.advance(240_001);
      while ((await server.app.get(SequenceLeaves).run()) > 0);
      await server.app.get(CheckRows).run();
      if (edit !== '') await db.asOwner('DELETE FROM late_signature; INSERT INTO late_signature SELECT * FROM kept_late; DROP TABLE kept_late');
      return server.app.get(CheckRows).seen(serverScope('test')).faults.map(({ code, table, row }) => `${code} ${table} ${row}`).sort();
    };
    expect(await found()).toEqual([]);
    expect(await found(`DELETE FROM late_signature WHERE message = '${owed.message}'; UPDATE late_signature SET due_at = due_at + 3600000 WHERE message = '${told}'`)).toEqual([
      `LATE_GONE late_signature ${owed.message}`, `LATE_UNSAID late_signature ${told} review`,
    ]);
    expect(await found(`UPDATE late_signature SET told_at = 1 WHERE message = '${owed.message}'; UPDATE late_signature SET role = 'officer', unit = 'x' WHERE message = '${told}'`)).toEqual(
      [owed.message, told].map((id) => `LATE_UNSAID late_signature ${id} review`).sort(),
    );
    expect(await found()).toEqual([]);
  });

  it('is taken by the step that was owed, although a later policy has no such step, and only by whom that step asked', async () => {
    const [owed] = await listed();
    if (owed === undefined) throw new Error('nothing is owed');
    const made = aired.get(owed.message);
    if (made === undefined) throw new Error('another message owes');
    await publish(3, { version: 3, rules: DEFAULT_POLICY.rules });
    flow.callers.clear();
    const late = async (who: string) => {
      const answer = await flow.approve('t1', made, who, { policyVersion: 3, step: 'review' });
      return [answer.status, answer.body.code];
    };
    expect(await late('stopper')).not.toContain(201);
    expect(await late('approver-b')).toEqual([201, undefined]);
    expect([await listed(), await counted()]).toEqual([[], { owed: 0, overdue: 0 }]);
  });
});
