import { dispatchSchema } from '#libs/contracts';
import { judgeOrder } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { allIn } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES, suites: allIn('sm2-sm3') });
const flow = useMessageFlow(server);

describe('a gm district', () => {
  it('takes a message from draft to proof with SM2 in every role', async () => {
    const made = await flow.onAir('t1');
    expect(judgeOrder(server.world.trustOf('v1'), made.order, server.clock.now())).toMatchObject({ ok: true });
    const dispatch = dispatchSchema.parse(readPayload(made.order.dispatch));
    for (const terminal of ['t1-term-1', 'v1-term-1', 'v2-term-1']) {
      expect(await flow.send([{ terminal, envelopes: await flow.story(terminal, dispatch) }])).toEqual(new Map([[terminal, 5]]));
    }
    const end = await flow.view(made.id);
    expect([end.state, end.tally.done]).toEqual(['completed', 3]);
  });
});
