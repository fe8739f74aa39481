import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const DAY = 86_400_000;

describe('an emergency that only the grace carries', () => {
  it('is marked before anybody signs, while it waits, once it sounded, and in the audit for good', async () => {
    const before = await flow.submit('t1');
    expect((await flow.view(before.id)).inGrace).toBe(false);

    server.clock.advance(401 * DAY);
    flow.callers.clear();
    const notice = await flow.draft('t1', { class: 'notice', severity: 'none', volume: undefined, segments: undefined, speech: {} });
    expect([notice.status, JSON.stringify(notice.body)]).toEqual([422, expect.stringContaining('PAPERS_EXPIRED')]);
    const drafted = await flow.draft('t1');
    expect(drafted.body.consequence.inGrace).toBe(true);
    const made = await flow.submit('t1');
    expect((await flow.view(made.id)).inGrace).toBe(true);
    for (const approver of ['approver-a', 'approver-b']) expect((await flow.approve('t1', made, approver)).status).toBe(201);
    await flow.settle();
    expect(await flow.view(made.id)).toMatchObject({ state: 'dispatched', inGrace: true });
    const leaves = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE subject = $1 AND kind = 'dispatch.placed'", [made.id]);
    expect(leaves[0]?.body).toContain('"inGrace":true');
  });
});
