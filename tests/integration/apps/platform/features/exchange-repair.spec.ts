import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { areaIdSchema, keyIdSchema, platformRoutes, type ExchangeAnswer } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { DELIVERY_STORE, type DeliveryStore } from '../../../../../apps/platform/src/features/delivery/delivery.store';
import { ImportStops } from '../../../../../apps/platform/src/features/delivery/import-stops';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const heldHash = (ids: readonly string[]): string => sha256Hex(new TextEncoder().encode([...ids].sort().join('\n')));

async function exchange(terminal: string, held: readonly string[]): Promise<ExchangeAnswer> {
  const health = { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 };
  const { body } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: { kind: 'exchange', health, counter: 0, versions: null, assignmentVersion: 0, held: heldHash(held), nonce: null } }] });
  const [answer] = platformRoutes.exchanges.answer.parse(body).answers;
  if (answer === undefined) throw new Error('no answer');
  return answer.exchange;
}

describe('an exchange', () => {
  it('ends the repair where a message was withdrawn before its terminal saw it: the stop is all there is to hold', async () => {
    await flow.present(['t1-term-1']);
    await flow.submit('t2').then(async (made) => {
      for (const who of ['approver-a', 'approver-b']) await flow.approve('t2', made, who);
      await (await flow.as('t2-author')).post(`/api/messages/${made.id}/withdraw`, { reason: '' });
    });
    await flow.settle();
    const stops = (await exchange('t2-term-1', [])).stops.map((stop) => readPayload<{ stopId: string }>(stop).stopId);
    expect(stops).not.toEqual([]);
    expect(await exchange('t2-term-1', stops)).toMatchObject({ stops: [], orders: [] });
    await flow.present(['t1-term-1', 't2-term-1', 'v1-term-1', 'v2-term-1', 'v3-term-1']);
  });

  it('still counts what the terminal took and the platform then closed', async () => {
    const { dispatch, id } = await flow.onAir('v3');
    await flow.send([{ terminal: 'v3-term-1', envelopes: [await flow.receipt('v3-term-1', dispatch, { state: 'acked', repetition: 0 })] }]);
    await (await flow.as('v3-author')).post(`/api/messages/${id}/withdraw`, { reason: '' });
    await flow.settle();
    const stops = (await exchange('v3-term-1', [])).stops.map((stop) => readPayload<{ stopId: string }>(stop).stopId);
    expect((await exchange('v3-term-1', [...stops, dispatch.dispatchId])).stops).toEqual([]);
  });
});

describe('a stop file', () => {
  it('that the disk would not give is tried again, not taken for done', async () => {
    const stopId = server.clock.uuid();
    const at = server.clock.now();
    const stop = await server.world.stop('t1', { by: [server.world.key('t1', 'stopper').signer], set: { stopId: stopId as never, issuedAt: at, notAfter: at + 86_400_000 } });
    const file = path.join(server.dataDir, 'stops', `${stopId}.json`);
    // Reading a folder fails as a disk does: with a code, and not ENOENT.
    mkdirSync(file);
    await server.app.get(ImportStops).run();
    rmdirSync(file);
    writeFileSync(file, JSON.stringify({ stop, notAfter: at + 86_400_000, receivedAt: at, by: 't1-stopper' }));
    await server.app.get(ImportStops).run();
    expect(await db.asOwner('SELECT id FROM stop WHERE id = $1', [stopId])).toEqual([{ id: stopId }]);
    // What is composed in the very millisecond of a stop of everything is silenced by it.
    server.clock.advance(1);
  });
});

describe('receipts and events', () => {
  it('of several platforms go each into the log of its own', async () => {
    const sent = await Promise.all(['t1-term-1', 'v1-term-1'].map(async (terminal) => {
      const device = flow.devices.get(terminal);
      return { terminal, envelopes: [await server.world.event(terminal, { by: device === undefined ? [] : [device.signer], set: { counter: 900, at: server.clock.now() } })] };
    }));
    await flow.send(sent);
    expect(await db.asOwner("SELECT platform FROM audit_leaf WHERE kind = 'receipts.taken' AND subject = 'events' ORDER BY platform")).toEqual([{ platform: 't1' }, { platform: 'v1' }]);
  });

  it('are read from the newest on, oldest first', async () => {
    const { dispatch } = await flow.onAir('v2');
    for (const envelope of await flow.story('v2-term-1', dispatch)) {
      server.clock.advance(10);
      await flow.send([{ terminal: 'v2-term-1', envelopes: [envelope] }]);
    }
    const store = server.app.get<DeliveryStore>(DELIVERY_STORE, { strict: false });
    const read = await store.receipts(serverScope('test'), { messageDigest: null, terminal: 'v2-term-1', count: 2 });
    expect(read.map(({ counter }) => counter)).toEqual([4, 5]);
  });
});

describe('a message that is taken back', () => {
  it('is stopped once where areas of the platform lie in one another', async () => {
    const payload = server.world.charterPayload('t2');
    const [own] = payload.areas;
    if (own === undefined) throw new Error('t2 has an area');
    const nested = { ...own, id: areaIdSchema.parse('t2-sub'), parent: own.id, codes: ['360199109001'] };
    const charter = await server.world.charter('t2', { set: { version: payload.version + 1, areas: [nested, own] } });
    const accepted = await (await flow.as('d-officer-1')).post('/api/trust/documents', { documents: [charter] });
    expect(accepted.body).toEqual({ accepted: 1 });
    const { id } = await flow.onAir('t2');
    await (await flow.as('t2-author')).post(`/api/messages/${id}/withdraw`, { reason: '' });
    const stops = await db.asOwner<{ area: string }>("SELECT area FROM stop WHERE platform = 't2' AND digests = (SELECT ARRAY[digest] FROM message WHERE id = $1)", [id]);
    expect(stops).toEqual([{ area: 't2-area' }]);
  });
});

describe('the accounts of a platform whose charter fell', () => {
  it('keep no role', async () => {
    const roles = () => db.asOwner<{ roles: readonly string[] }>("SELECT roles FROM account WHERE platform = 'v1' AND account = 'v1-author'");
    expect((await roles())[0]?.roles).toContain('author');
    const officers = server.world.officers('t1').map(({ key }) => ({ keyId: keyIdSchema.parse(key.keyId), reason: 'compromised' as const, since: 1 }));
    const document = await server.world.revocation('d', { set: { entries: officers } });
    expect((await (await flow.as('d-officer-1')).post('/api/revocations', { documents: [document], alsoFalls: ['charter:v1', 'charter:v2', 'roster:t1', 'roster:v1', 'roster:v2'] })).body).toEqual({ accepted: 1 });
    expect((await roles())[0]?.roles).toEqual([]);
  });
});
