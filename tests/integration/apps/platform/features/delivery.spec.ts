import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { platformRoutes, type ExchangeAnswer } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { verifyBeacon } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { ImportStops } from '../../../../../apps/platform/src/features/delivery/import-stops';
import { PushFrames } from '../../../../../apps/platform/src/features/delivery/push-frames';
import { TendDeliveries } from '../../../../../apps/platform/src/features/delivery/tend-deliveries';
import { PlatformServer, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { areaOf, digestOf, makeKey, NONCE } from '../../../../support/trust-builder';
import { until } from '../../../../support/until';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const T1 = ['t1-term-1', 'v1-term-1', 'v2-term-1'];

// The tests move the clock and call for what is due themselves; by itself it would come between.
beforeAll(() => server.app.get(TendDeliveries).beforeApplicationShutdown());

const delivery = async (id: string, terminal: string) => {
  const { body } = await (await flow.as('t1-author')).get(`/api/messages/${id}/deliveries`);
  return body.find((row: { terminal: string }) => row.terminal === terminal);
};
const events = async (kind: string) => db.asOwner<{ code: string; terminal: string; count: number }>('SELECT code, terminal, count FROM security_event WHERE kind = $1', [kind]);
const heldHash = (ids: readonly string[]): string => sha256Hex(new TextEncoder().encode([...ids].sort().join('\n')));

async function exchange(terminal: string, set: object = {}): Promise<ExchangeAnswer> {
  const { body } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: {
    kind: 'exchange', counter: 0, versions: server.world.versions('v1'), assignmentVersion: 1, held: heldHash([]), nonce: null,
    health: { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 },
    ...set,
  } }] });
  const answer = platformRoutes.exchanges.answer.parse(body).answers[0];
  if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(body)}`);
  return answer.exchange;
}

describe('receipts', () => {
  it('change nothing the second time, are acknowledged up to the first gap, and fill it when it comes', async () => {
    const { dispatch, id } = await flow.onAir('t1');
    const story = await flow.story('v1-term-1', dispatch);
    expect(await flow.send([{ terminal: 'v1-term-1', envelopes: story.slice(0, 2) }])).toEqual(new Map([['v1-term-1', 2]]));
    expect(await flow.send([{ terminal: 'v1-term-1', envelopes: story.slice(0, 2) }])).toEqual(new Map([['v1-term-1', 2]]));
    expect(await flow.send([{ terminal: 'v1-term-1', envelopes: story.slice(3) }])).toEqual(new Map([['v1-term-1', 2]]));
    expect((await delivery(id, 'v1-term-1')).state).toBe('done');
    expect(await flow.send([{ terminal: 'v1-term-1', envelopes: story.slice(2, 3) }])).toEqual(new Map([['v1-term-1', 5]]));
    expect(await db.asOwner('SELECT count(*)::int AS n FROM device_record WHERE terminal = $1', ['v1-term-1'])).toEqual([{ n: 5 }]);
    const leaves = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE kind = 'receipts.taken' AND subject = $1", [id]);
    expect(leaves.map(({ body }) => JSON.parse(body).facts.count)).toEqual([2, 2, 1]);
  });

  it('of one batch are committed together: many terminals, one answer', async () => {
    const { dispatch, id } = await flow.onAir('t1');
    const sent = await Promise.all(T1.map(async (terminal) => ({ terminal, envelopes: await flow.story(terminal, dispatch) })));
    const acks = await flow.send(sent);
    expect([...acks.keys()].sort()).toEqual(T1);
    expect((await flow.view(id))).toMatchObject({ state: 'completed', tally: { done: 3 } });
  });

  it('that the device did not sign are not stored and become a security event', async () => {
    const { dispatch } = await flow.onAir('t1');
    const genuine = await flow.receipt('t1-term-1', dispatch, { state: 'acked' });
    const forged = await server.world.receipt('t1-term-1', { by: [(await makeKey()).signer], set: { counter: 900 } });
    const stolen = await flow.receipt('v2-term-1', dispatch, { state: 'acked', counter: 901 });
    const before = await db.asOwner('SELECT count(*)::int AS n FROM device_record');
    const acks = await flow.send([{ terminal: 't1-term-1', envelopes: [forged, stolen, genuine] }]);
    expect(acks.get('t1-term-1')).toBe(readPayload<{ counter: number }>(genuine).counter);
    expect(await db.asOwner('SELECT count(*)::int AS n FROM device_record')).toEqual([{ n: Number(before[0]?.['n']) + 1 }]);
    expect((await events('receipt-refused')).map(({ code }) => code)).toEqual(['REJ_KEY_UNKNOWN', 'REJ_KEY_UNKNOWN']);
  });

  it('that the device signed but no contract knows are kept as evidence, reported once, and block nothing after them', async () => {
    const { dispatch } = await flow.onAir('v3');
    const first = await flow.receipt('v3-term-1', dispatch, { state: 'acked' });
    const counter = readPayload<{ counter: number }>(first).counter;
    // A newer terminal's word that this platform does not know.
    const odd = await flow.receipt('v3-term-1', dispatch, JSON.parse('{"state":"applauded"}'));
    const next = await flow.receipt('v3-term-1', dispatch, { state: 'audible', repetition: 1 });
    for (const again of [1, 2]) {
      const acks = await flow.send([{ terminal: 'v3-term-1', envelopes: [first, odd, next] }]);
      expect({ again, ack: acks.get('v3-term-1') }).toEqual({ again, ack: counter + 2 });
    }
    expect((await events('receipt-refused')).filter(({ terminal }) => terminal === 'v3-term-1')).toMatchObject([{ code: 'REJ_SCHEMA', count: 1 }]);
  });

  it('with a counter that was used for something else show a clone and do not replace what was there', async () => {
    const { dispatch, id } = await flow.onAir('t1');
    const first = await flow.receipt('v2-term-1', dispatch, { state: 'acked' });
    const { counter } = readPayload<{ counter: number }>(first);
    const clone = await flow.receipt('v2-term-1', dispatch, { state: 'failed', reason: 'MUTED', counter });
    await flow.send([{ terminal: 'v2-term-1', envelopes: [first] }]);
    await flow.send([{ terminal: 'v2-term-1', envelopes: [clone] }]);
    expect((await delivery(id, 'v2-term-1')).state).toBe('acked');
    expect(await events('counter-reused')).toMatchObject([{ code: 'REJ_COUNTER', terminal: 'v2-term-1' }]);
  });

  it('for a dispatch that this platform never placed are kept and reported', async () => {
    const { dispatch } = await flow.onAir('t1');
    const strange = await flow.receipt('t1-term-1', { ...dispatch, dispatchId: dispatch.dispatchId.replace(/.$/, (last) => (last === '0' ? '1' : '0')) as never }, { state: 'audible', repetition: 1 });
    await flow.send([{ terminal: 't1-term-1', envelopes: [strange] }]);
    expect((await events('receipt-without-dispatch')).map(({ terminal }) => terminal)).toEqual(['t1-term-1']);
  });

  it('that report a refusal fail the delivery with the terminal\'s code, and stand in the list of events', async () => {
    const { order, id } = await flow.onAir('t1');
    const device = flow.devices.get('v1-term-1');
    const counter = readPayload<{ counter: number }>(await flow.receipt('v1-term-1', readPayload(order.dispatch), {})).counter;
    const refusal = await server.world.event('v1-term-1', { by: device === undefined ? [] : [device.signer], set: { counter, code: 'REJ_KEY_REVOKED', subject: digestOf(order.dispatch) } });
    await flow.send([{ terminal: 'v1-term-1', envelopes: [refusal] }]);
    expect(await delivery(id, 'v1-term-1')).toMatchObject({ state: 'failed', reason: 'SIG_REJECT', refusal: 'REJ_KEY_REVOKED' });
    expect((await (await flow.as('v1-author')).get('/api/events')).body).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'REJ_KEY_REVOKED', terminal: 'v1-term-1' }));
  });

  it('come by the hundred: as many as 600 terminals send for one repetition, in the gateway\'s batches', async () => {
    const { dispatch } = await flow.onAir('t1');
    const batches = await Promise.all(Array.from({ length: 8 }, () => Promise.all(T1.map(async (terminal) => ({
      terminal,
      envelopes: await Promise.all(Array.from({ length: 75 }, () => flow.receipt(terminal, dispatch, { state: 'audible', repetition: 1 }))),
    })))));
    const last = batches.at(-1)?.map(({ terminal, envelopes }) => [terminal, Math.max(...envelopes.map((envelope) => readPayload<{ counter: number }>(envelope).counter))]);
    let acks: ReadonlyMap<string, number> = new Map();
    const begun = performance.now();
    for (const batch of batches) acks = await flow.send(batch);
    if (process.env['CLARION_TEST_TIMES'] !== undefined) console.log(`1800 receipts in 8 batches: ${Math.round(performance.now() - begun)} ms`);
    expect([...acks]).toEqual(last);
  });
});

describe('an exchange', () => {
  it('brings a fresh beacon, with the nonce and the last counter at boot', async () => {
    const shared = (await exchange('v1-term-1')).beacon;
    expect(verifyBeacon(server.world.trust, shared, 'v1' as never)).toMatchObject({ ok: true, value: { beacon: { platform: 'v1', nonce: null, terminal: null, at: server.clock.now() } } });
    const own = (await exchange('v1-term-1', { nonce: NONCE })).beacon;
    const highest = Number((await db.asOwner<{ highest: string }>("SELECT highest FROM device_counter WHERE terminal = 'v1-term-1'"))[0]?.highest);
    expect(verifyBeacon(server.world.trust, own, 'v1' as never)).toMatchObject({ ok: true, value: { beacon: { nonce: NONCE, terminal: 'v1-term-1', counter: highest } } });
  });

  it('brings the documents that the terminal lacks, in reading order, and its assignment', async () => {
    const { documents } = await exchange('v1-term-1', { versions: null, assignmentVersion: 0 });
    expect(documents.map(({ payloadType }) => payloadType.replace(/.*clarion\.(.*)\.v1.*/, '$1'))).toEqual(['root', 'charter', 'roster', 'charter', 'roster', 'charter', 'roster', 'assignment']);
    expect((await exchange('v1-term-1')).documents).toEqual([]);
  });

  it('brings orders and stops only when the hash of what is held differs, stops of its own places only', async () => {
    const { order, dispatch } = await flow.onAir('v1');
    const { orders } = await exchange('v1-term-1');
    expect(orders).toContainEqual(order);
    expect((await exchange('v3-term-1')).orders.map(({ dispatch: one }) => readPayload(one))).not.toContainEqual(expect.objectContaining({ dispatchId: dispatch.dispatchId }));
    // What it refused, it does not hold.
    const unexpired = await db.asOwner<{ id: string }>("SELECT dispatch AS id FROM delivery WHERE terminal = 'v1-term-1' AND refusal IS NULL");
    const stops = await db.asOwner<{ id: string }>("SELECT id FROM stop WHERE area IN ('v1-area', 't1-area', 'd-area')");
    const held = heldHash([...unexpired, ...stops].map(({ id }) => id));
    expect(await exchange('v1-term-1', { held })).toMatchObject({ orders: [], stops: [] });
  });

  it('gives terminals that boot what everybody should have ready', async () => {
    await db.asOwner("INSERT INTO sound (id, sha256, role, name) VALUES ('siren', $1, 'siren', '警报音') ON CONFLICT DO NOTHING", [flow.siren]);
    expect((await (await flow.as('t1-author')).get('/api/sounds')).body).toContainEqual(expect.objectContaining({ id: 'siren', sha256: flow.siren, role: 'siren' }));
  });
});

describe('what the outbox carries', () => {
  it('is sent again after the gateway was away, and once', async () => {
    const made = await flow.submit('t1');
    await flow.settle();
    await flow.gateway.close();
    await flow.approve('t1', made, 'approver-a');
    expect((await flow.approve('t1', made, 'approver-b')).body.state).toBe('dispatched');
    await until(async () => Number((await db.asOwner("SELECT max(attempts)::int AS n FROM outbox WHERE topic = 'dispatch-placed' AND state = 'waiting'"))[0]?.['n'] ?? 0) >= 1);
    expect((await flow.view(made.id)).tally).toMatchObject({ queued: 3 });
    const before = flow.gateway.frames('order').length;
    await flow.gateway.open();
    await flow.settle();
    expect(flow.gateway.frames('order').slice(before).map(({ terminals }) => terminals)).toEqual([T1]);
    expect((await flow.view(made.id)).tally).toMatchObject({ sent: 3 });
  });

  it('is told again to online terminals that do not answer, three times in all', async () => {
    await flow.present(['t1-term-1', 'v1-term-1']);
    const { id, dispatch } = await flow.onAir('t1');
    const pushes = flow.gateway.frames('order').length;
    await flow.send([{ terminal: 't1-term-1', envelopes: [await flow.receipt('t1-term-1', dispatch, { state: 'acked' })] }]);
    const again = async (): Promise<readonly unknown[]> => {
      server.clock.advance(3_100);
      await server.app.get(PushFrames).pushAgain();
      return flow.gateway.frames('order').slice(pushes).filter(({ frame }) => readPayload<{ dispatchId: string }>(frame.order.dispatch).dispatchId === dispatch.dispatchId).map(({ terminals }) => terminals);
    };
    expect(await again()).toEqual([['v1-term-1']]);
    expect(await again()).toEqual([['v1-term-1'], ['v1-term-1']]);
    expect(await again()).toHaveLength(2);
    expect(await delivery(id, 'v2-term-1')).toMatchObject({ state: 'queued', sentAt: null, onlineAtDispatch: false });
    server.clock.advance(3 * 3_600_000);
    await flow.present(['t1-term-1', 'v1-term-1']);
    await server.app.get(TendDeliveries).closeOverdue();
    expect([(await delivery(id, 'v1-term-1')).reason, (await delivery(id, 'v2-term-1')).reason]).toEqual(['NO_ACK', 'OFFLINE_NET']);
    expect(await delivery(id, 't1-term-1')).toMatchObject({ state: 'failed', reason: 'INTERRUPTED' });
    expect((await flow.view(id)).state).toBe('completed');
    await flow.present([...T1, 't2-term-1', 'v3-term-1']);
  });
});

describe('a stop from the STOP process', () => {
  const stopFile = async (stop: object, name: string): Promise<void> => {
    writeFileSync(path.join(server.dataDir, 'stops', `${name}.json`), JSON.stringify({ stop, notAfter: server.clock.now() + 86_400_000, receivedAt: server.clock.now(), by: 't1-stopper' }));
    await server.app.get(ImportStops).run();
    // What is composed in the very millisecond of a stop of everything is silenced by it.
    server.clock.advance(1);
  };
  const stopBy = async (platform: 'd' | 't1' | 'v1', set: object) => {
    const stop = await server.world.stop(platform, { by: [server.world.key(platform, 'stopper').signer], set: { stopId: server.clock.uuid() as never, issuedAt: server.clock.now(), notAfter: server.clock.now() + 86_400_000, ...set } });
    return { stop, id: readPayload<{ stopId: string }>(stop).stopId };
  };

  it('ends messages and deliveries in the database, once however often it is read, with a leaf', async () => {
    const running = await flow.onAir('t1');
    const waiting = await flow.submit('t1');
    const elsewhere = await flow.onAir('t2');
    const { stop, id } = await stopBy('t1', { scope: { kind: 'all' } });
    await stopFile(stop, id);
    await stopFile(stop, id);
    expect(await flow.view(running.id)).toMatchObject({ state: 'stopped', tally: { sent: 3, failed: 0 } });
    for (const terminal of T1) await flow.send([{ terminal, envelopes: [await flow.receipt(terminal, running.dispatch, { state: 'failed', reason: 'STOPPED', repetition: 1 })] }]);
    expect(await flow.view(running.id)).toMatchObject({ state: 'stopped', tally: { failed: 3, reasons: { STOPPED: 3 } } });
    expect((await flow.view(waiting.id)).state).toBe('stopped');
    expect((await flow.view(elsewhere.id, 'd-author')).state).toBe('dispatched');
    expect(await db.asOwner("SELECT count(*)::int AS n FROM audit_leaf WHERE kind = 'stop.imported' AND subject = $1", [id])).toEqual([{ n: 1 }]);
    expect((await exchange('v1-term-1')).stops).toContainEqual(stop);
    expect((await exchange('v3-term-1')).stops).not.toContainEqual(stop);
  });

  it('lets a receipt say more than the stop: what was done before stays done', async () => {
    const { id, dispatch } = await flow.onAir('t1');
    await flow.send([{ terminal: 't1-term-1', envelopes: await flow.story('t1-term-1', dispatch) }]);
    const sounding = await flow.story('v1-term-1', dispatch);
    await flow.send([{ terminal: 'v1-term-1', envelopes: sounding.slice(0, 2) }]);
    const { stop, id: stopId } = await stopBy('t1', { scope: { kind: 'messages', messages: [dispatch.messageDigest] } });
    await stopFile(stop, stopId);
    expect((await flow.view(id)).tally).toMatchObject({ done: 1, audible: 1, sent: 1 });
    await flow.send([{ terminal: 'v1-term-1', envelopes: sounding.slice(2) }]);
    expect(await flow.view(id)).toMatchObject({ state: 'stopped', tally: { done: 2, sent: 1 } });
  });

  it('calls no terminal silent that has not said so: who may be sounding is open until its receipt or its time is over', async () => {
    await flow.present(['t1-term-1', 'v1-term-1']);
    const { id, dispatch } = await flow.onAir('t1');
    await flow.send([{ terminal: 't1-term-1', envelopes: (await flow.story('t1-term-1', dispatch)).slice(0, 2) }]);
    await flow.send([{ terminal: 'v1-term-1', envelopes: (await flow.story('v1-term-1', dispatch)).slice(0, 1) }]);
    const { stop, id: stopId } = await stopBy('t1', { scope: { kind: 'messages', messages: [dispatch.messageDigest] } });
    await stopFile(stop, stopId);
    expect(await delivery(id, 'v2-term-1')).toMatchObject({ state: 'failed', reason: 'STOPPED' });
    expect([(await delivery(id, 't1-term-1')).state, (await delivery(id, 'v1-term-1')).state]).toEqual(['audible', 'acked']);
    expect((await flow.view(id)).state).toBe('stopped');
    server.clock.advance(3 * 3_600_000);
    await flow.present(['t1-term-1', 'v1-term-1']);
    await server.app.get(TendDeliveries).closeOverdue();
    expect([(await delivery(id, 't1-term-1')).reason, (await delivery(id, 'v1-term-1')).reason]).toEqual(['INTERRUPTED', 'INTERRUPTED']);
    expect((await flow.view(id)).state).toBe('stopped');
    await flow.present([...T1, 't2-term-1', 'v3-term-1']);
  });

  it('in one village ends only what sounds there; the township\'s message goes on elsewhere', async () => {
    const { id, dispatch } = await flow.onAir('t1');
    const { stop, id: stopId } = await stopBy('t1', { area: areaOf('v1-area') });
    await stopFile(stop, stopId);
    await flow.send([{ terminal: 'v1-term-1', envelopes: [await flow.receipt('v1-term-1', dispatch, { state: 'failed', reason: 'STOPPED', repetition: 1 })] }]);
    expect(await delivery(id, 'v1-term-1')).toMatchObject({ state: 'failed', reason: 'STOPPED' });
    expect((await delivery(id, 'v2-term-1')).state).toBe('sent');
    expect((await flow.view(id)).state).toBe('dispatched');
  });

  it('of a village does not touch an upper platform\'s message', async () => {
    const { id } = await flow.onAir('t1');
    const { stop, id: stopId } = await stopBy('v1', {});
    await stopFile(stop, stopId);
    expect((await delivery(id, 'v1-term-1')).state).toBe('sent');
  });

  it('that nobody may give counts for nothing and is reported', async () => {
    const { id } = await flow.onAir('t1');
    const forged = await server.world.stop('t1', { by: [(await makeKey()).signer], set: { stopId: server.clock.uuid() as never } });
    await stopFile(forged, readPayload<{ stopId: string }>(forged).stopId);
    writeFileSync(path.join(server.dataDir, 'stops', `${server.clock.uuid()}.json`), '{"half":');
    await server.app.get(ImportStops).run();
    expect((await flow.view(id)).state).toBe('dispatched');
    expect((await events('stop-refused')).map(({ code }) => code)).toEqual(['REJ_KEY_UNKNOWN']);
  });
});

describe('after kill -9 between commit and send', () => {
  it('the next server sends what was committed, from the outbox, and nothing twice', async () => {
    // The order is committed, and nobody is there to send it: the row waits as a killed server leaves it.
    const made = await flow.submit('v1');
    await flow.settle();
    const before = flow.gateway.frames('order').length;
    await flow.gateway.close();
    expect((await flow.approve('v1', made, 'approver-a')).body.state).toBe('dispatched');
    await db.asOwner("UPDATE outbox SET lease_until = now() - interval '1 second', due_at = now() WHERE topic = 'dispatch-placed' AND state = 'waiting'");
    await flow.gateway.open();
    const next = await PlatformServer.start(db, { features: FEATURES }, server);
    try {
      await until(() => flow.gateway.frames('order').length > before);
      await flow.settle();
      const sent = flow.gateway.frames('order').slice(before);
      expect(sent.map(({ terminals }) => terminals)).toEqual([['v1-term-1']]);
      expect(readPayload<{ messageDigest: string }>(sent[0]?.frame.order.dispatch ?? { payload: '' }).messageDigest).toBe(made.digest);
    } finally {
      await next.stop();
    }
  });
});
