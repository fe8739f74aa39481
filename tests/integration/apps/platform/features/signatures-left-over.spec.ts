import { Trust } from '../../../../../apps/platform/src/features/authority';
import { ServerKeys } from '../../../../../apps/platform/src/features/authority/authority';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { platformIdSchema, restrictionIdSchema, type Approval } from '#libs/contracts';
import { admit, tombstoneOf, verifyStop } from '#libs/trust';
import { codeOf, factsFor } from '../../../../support/admit-facts';
import { readPayload, useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const MINUTE = 60_000;
const NOTICE = { class: 'notice', severity: 'none', volume: undefined, segments: undefined, speech: {} };

/** An important period in which everything asks for two approvals, for twenty minutes. */
async function importantPeriod(): Promise<void> {
  const now = server.clock.now();
  const restriction = await server.world.restriction('t1', { by: server.world.officers('t1').slice(0, 2), set: {
    restrictionId: restrictionIdSchema.parse(server.clock.uuid()), kind: 'period', approvals: 2, issuedAt: now, notBefore: now, notAfter: now + 20 * MINUTE,
  } });
  expect((await (await flow.as('t1-officer-1')).post('/api/restrictions', { restriction })).status).toBe(201);
}

/** What a horn says that was told everything, when whoever stole the dispatcher's key binds the signatures in the database. */
async function byDispatcherAlone({ id, envelope, message, digest }: Submitted): Promise<{ readonly horn: string; readonly stops: number }> {
  await flow.settle();
  const rows = await db.asOwner<{ envelope: string }>('SELECT envelope FROM approval WHERE message = $1', [id]);
  const approvals = rows.map((row) => JSON.parse(row.envelope)).filter((one) => readPayload<Approval>(one).decision === 'approve');
  const now = server.clock.now();
  const dispatch = await server.world.dispatch('t1', envelope, approvals, {
    by: [server.app.get(ServerKeys).dispatcherOf(platformIdSchema.parse('t1'))], set: { issuedAt: now, startAt: now + 700, notBefore: message.notBefore, notAfter: message.notAfter },
  });
  const trust = server.app.get(Trust).state();
  const stops = flow.gateway.stops.flatMap(({ stop }) => {
    const verified = verifyStop(trust, stop);
    return verified.ok && verified.value.stop.scope.kind === 'messages' && verified.value.stop.scope.messages.some((one) => one === digest) ? [tombstoneOf(verified.value, now)] : [];
  });
  return { stops: stops.length, horn: codeOf(admit(factsFor(server.world, 'v1', { dispatch, message: envelope, approvals }, { trust, stops, now, beaconAt: now }))) };
}

const withdraw = async ({ id }: Submitted) => (await flow.as('t1-author')).post(`/api/messages/${id}/withdraw`, {});
const states = async (...made: readonly Submitted[]) => Promise.all(made.map(async ({ id }) => (await flow.view(id)).state));

describe('signatures that were left over, in the hands of whoever stole the dispatcher\'s key', () => {
  it('revive nothing that was sent back or taken back after the first of two, when later one is enough', async () => {
    await importantPeriod();
    const [returned, withdrawn, waiting] = [await flow.submit('t1', NOTICE), await flow.submit('t1', NOTICE), await flow.submit('t1', NOTICE)];
    for (const made of [returned, withdrawn, waiting]) expect((await flow.approve('t1', made, 'approver-a')).status).toBe(201);
    expect((await flow.approve('t1', returned, 'approver-b', { decision: 'return', reason: 'wrong place' })).status).toBe(201);
    expect((await withdraw(withdrawn)).status).toBe(200);
    expect(await states(returned, withdrawn, waiting)).toEqual(['returned', 'withdrawn', 'submitted']);
    server.clock.advance(21 * MINUTE);
    expect(await byDispatcherAlone(returned)).toEqual({ horn: 'REJ_STOPPED', stops: 1 });
    expect(await byDispatcherAlone(withdrawn)).toEqual({ horn: 'REJ_STOPPED', stops: 1 });
    // Taken back after it was sent back, it is not said a second time.
    expect((await withdraw(returned)).status).toBe(200);
    expect(await byDispatcherAlone(returned)).toEqual({ horn: 'REJ_STOPPED', stops: 1 });
    // What nobody took back is signed by as many as are asked for.
    expect(await byDispatcherAlone(waiting)).toEqual({ horn: 'play', stops: 0 });
  });

  it('are none where nobody had approved: then nothing is stopped, for nothing could sound', async () => {
    const [returned, withdrawn] = [await flow.submit('t1', NOTICE), await flow.submit('t1', NOTICE)];
    expect((await flow.approve('t1', returned, 'approver-a', { decision: 'return' })).status).toBe(201);
    expect((await withdraw(withdrawn)).status).toBe(200);
    for (const made of [returned, withdrawn]) expect(await byDispatcherAlone(made)).toEqual({ horn: 'REJ_APPROVAL_MISSING', stops: 0 });
  });

  it('sound what is only held, inside its window: persons signed it, and holding asks the platform alone', async () => {
    const [held, later] = [await flow.submit('t1', NOTICE, true), await flow.submit('t1', { ...NOTICE, notBefore: server.clock.now() + 30 * MINUTE, notAfter: server.clock.now() + 60 * MINUTE }, true)];
    for (const made of [held, later]) expect((await flow.approve('t1', made, 'approver-a')).body.state).toBe('approved');
    expect(await byDispatcherAlone(held)).toEqual({ horn: 'play', stops: 0 });
    // What shall not sound before a time says so in its signed window.
    expect(await byDispatcherAlone(later)).toEqual({ horn: 'REJ_NOT_YET', stops: 0 });
    for (const made of [held, later]) expect((await withdraw(made)).status).toBe(200);
    expect(await byDispatcherAlone(held)).toEqual({ horn: 'REJ_STOPPED', stops: 1 });
  });
});
