import type { DispatchId, ExchangeRequest, Order, TerminalId } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { AnswerExchanges } from '../../../../../../apps/platform/src/features/delivery/answer-exchanges';
import type { DeliveryStore } from '../../../../../../apps/platform/src/features/delivery/delivery.store';
import { silentLog } from '../../../../../../apps/platform/src/kernel/log';
import { DrivenClock } from '../../../../../support/driven-clock';
import { buildWorld, NOW } from '../../../../../support/trust-builder';

const terminal = 't1-term-1' as TerminalId;
const ids = Array.from({ length: 257 }, (_, at) => `0197a3b0-0009-7000-8000-${String(at).padStart(12, '0')}` as DispatchId);

async function answering(open: () => readonly DispatchId[]): Promise<() => Promise<readonly Order[]>> {
  const { order } = await (await buildWorld()).order('t1');
  const store = {
    shouldHold: async () => new Map([[terminal, { dispatches: open(), open: open() }]]), stopsInForce: async () => [], counters: async () => new Map(),
    dispatchesInForce: async (_scope: unknown, asked: readonly DispatchId[]) => asked.map((dispatchId) => ({ dispatchId, orderText: JSON.stringify(order) })),
  } as unknown as DeliveryStore;
  const terminals = { platformOf: () => 't1', recordHealth: async () => undefined, lineageOf: () => [], areasOf: () => [], documentsFor: () => [] };
  const none = {} as never;
  const answers = new AnswerExchanges(new DrivenClock(NOW), silentLog, store, terminals as never, none, { pushStock: async () => undefined } as never, { inForce: async () => [] } as never, { notOver: async () => [] } as never, none, { witness: () => undefined } as never);
  const exchange = { held: sha256Hex(new Uint8Array()), nonce: null, versions: null, assignmentVersion: 0, counter: 0, health: { spooledReceipts: 0 } } as unknown as ExchangeRequest;
  return async () => (await answers.run([{ terminal, exchange }]))[0]?.exchange.orders ?? [];
}

describe('the answer to an exchange', () => {
  it('carries every open order, also when those kept from before are forgotten in the middle of it', async () => {
    let open = ids.slice(0, 256);
    const ask = await answering(() => open);
    expect(await ask()).toHaveLength(256);
    open = ids.filter((_, at) => at === 0 || at === 256);
    expect(await ask()).toHaveLength(2);
    open = ids;
    expect(await ask()).toHaveLength(257);
  });
});
