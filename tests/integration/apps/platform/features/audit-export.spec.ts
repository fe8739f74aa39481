import { verifyExport } from '#libs/audit';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

const sequence = async (): Promise<void> => {
  server.clock.advance(60_001);
  while ((await server.app.get(SequenceLeaves).run()) > 0);
};
const exported = async (account: string, query = ''): Promise<readonly string[]> => {
  const { token } = await flow.as(account);
  const response = await fetch(`${server.base}/api/audit/export${query}`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return (await response.text()).trimEnd().split('\n');
};

describe('an exported audit', () => {
  it('holds everything that was signed, and verifies without the server', async () => {
    const { dispatch } = await flow.onAir('t1');
    await flow.send([{ terminal: 't1-term-1', envelopes: await flow.story('t1-term-1', dispatch) }]);
    await flow.stop('t1');
    await sequence();
    const lines = await exported('d-auditor');
    const verdict = await verifyExport(lines);
    if (!verdict.ok) console.log(verdict, lines[verdict.line - 1]);
    expect(verdict).toMatchObject({ ok: true, counts: { messages: 3, approvals: 2, dispatches: 1, stops: 1, records: 5 } });
    console.log(verdict, lines.length);
  });
});
