import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { envelopeSchema, fleetSchema, liveBodySchema, LIVE_SOCKET, type ExchangeRequest, type Fleet } from '#libs/contracts';
import { frameLiveBlock } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { liveGrantOf } from '#libs/trust';
import { systemClock, hostUnixMs } from '../../../apps/terminal-agent/src/clock';
import { ControlServer } from '../../../apps/terminal-agent/src/simulator/control-server';
import { SimulatedFleet } from '../../../apps/terminal-agent/src/simulator/fleet';
import type { CardStart } from '../../../apps/terminal-agent/src/simulator/card-log';
import { sessionKey, signBlock, speak } from '../../support/live-speaker';
import { spokenPackets } from '../../support/live-voice';
import { seededRandom } from '../../support/seeded-random';
import { tone } from '../../support/terminal-agent/fake-media';
import { orderOf } from '../../support/terminal-agent/orders';
import { areaOf, buildWorld, chainOf, NOW, payloadOf, RESOURCE_CODE, terminalOf, type World } from '../../support/trust-builder';
import { until } from '../../support/until';
import { Bench } from '../gateway/support/bench';

const siren = tone(700, 400, 'siren');
const speech = tone(300, 600);
const IDS = ['unit-1', 'unit-2', 'unit-3', 'unit-4'];
const began = hostUnixMs();
/** The district's time in this test: NOW and what has passed since. */
const districtNow = () => NOW + hostUnixMs() - began;

const faults: unknown[] = [];
let world: World;
let bench: Bench;
let folder: string;
let fleet: SimulatedFleet;
let control: ControlServer;
let stop: ReturnType<World['stop']> | undefined;

beforeAll(async () => {
  world = await buildWorld();
  bench = await Bench.open();
  folder = await mkdtemp(path.join(tmpdir(), 'sim-'));
  const media = path.join(bench.dataDir, 'media');
  for (const { bytes, segment } of [siren, speech]) {
    const place = path.join(media, segment.sha256.slice(0, 2));
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, segment.sha256), bytes);
  }
  for (const id of IDS) bench.platform.claims.set(codeOf(id), { terminal: id, state: 'open' });
  answerExchanges();
  await startFleet();
});

afterAll(async () => {
  await control.close();
  await fleet.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

function codeOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16).toUpperCase();
}

function plan(): Fleet {
  return fleetSchema.parse({
    gatewayUrl: `https://127.0.0.1:${bench.port}`, caFile: 'unused', root: world.expected.rootEnvelope,
    terminals: IDS.map((id, index) => ({
      id, physicalCode: `HORN-${index}`, claimCode: codeOf(id), named: index === 0, offsetPpm: index * 10, clockOffsetMs: index * 100, heldOffline: id === 'unit-4',
    })),
  });
}

async function startFleet(): Promise<void> {
  fleet = await SimulatedFleet.open(plan(), bench.ca, path.join(folder, 'state'), (_terminal, fault) => faults.push(fault), { now: districtNow, setTimer: systemClock().setTimer });
  control = new ControlServer(path.join(folder, 'run/simulator.sock'), fleet);
  await control.listen();
  await fleet.start();
}

/** Documents and assignment in the first answer, a beacon in each; signed ahead because the fake platform answers at once. */
function answerExchanges(): void {
  const signed = new Map<string, Awaited<ReturnType<World['beacon']>>>();
  bench.platform.answerExchange = (terminal: string, exchange: ExchangeRequest) => {
    const name = `${terminal} ${exchange.nonce ?? ''} ${Math.floor(districtNow() / 1000)}`;
    const beacon = signed.get(name);
    if (beacon === undefined) {
      void (async () => {
        const nonce = exchange.nonce;
        signed.set(name, await world.beacon('d', { set: { at: Math.floor(districtNow()), nonce, terminal: nonce === null ? null : terminalOf(terminal), counter: nonce === null ? null : 0 } }));
        const documents = exchange.assignmentVersion === 0 ? await documentsFor(terminal) : [];
        const fresh = signed.get(name);
        await bench.control('/push', { terminals: [terminal], frame: { kind: 'exchange', beacon: fresh, documents, stops: stop === undefined ? [] : [await stop], isolates: [], orders: [] } });
      })();
    }
    return { kind: 'exchange', beacon: beacon === undefined ? null : envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [] };
  };
}

async function documentsFor(terminal: string) {
  const lineage = Object.keys(world.versions('t1').charters);
  const own = world.expected.documents.filter((document) => lineage.includes((JSON.parse(new TextDecoder().decode(payloadOf(document))) as { platform: string }).platform));
  const key = bench.platform.devices.get(terminal);
  const assignment = await world.assignment('t1', { set: { terminals: [{
    terminal: terminalOf(terminal), deviceKeyId: key?.keyId ?? ('' as never), areas: chainOf('t1'), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1,
  }] } });
  return [...own, assignment];
}

function ask<T>(route: string, body: unknown = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: path.join(folder, 'run/simulator.sock'), path: route, method: 'POST' }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve((response.headers['content-type'] === 'application/json' ? JSON.parse(bytes.toString()) : bytes) as T);
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

const ready = (count: number) => until(() => {
  const { online, assigned } = fleet.status();
  return online >= count && assigned >= count;
});
const starts = async () => (await ask<{ starts: CardStart[] }>('/cards', { since: 0 })).starts;

async function orderIn(ms: number, repeats = 1) {
  return orderOf(world, 't1', [siren, speech], { startAt: Math.floor(districtNow()) + ms, repeats, message: { targets: { areas: [areaOf('t1-area')], terminals: [] } } });
}

describe('the simulator beside a real gateway', () => {
  it('enrols every unit that is not held, plays together, proves it, and hears itself', async () => {
    await ready(3);
    expect(await ask('/status')).toEqual({ terminals: 4, online: 3, enrolled: 3, assigned: 3 });
    await until(() => bench.platform.exchanges.flat().some(({ exchange }) => exchange.health.state === 'ready') || fleet.status().assigned === 3);
    const order = await orderIn(1_500);
    await bench.control('/push', { terminals: null, frame: { kind: 'order', order: order.order } });
    await until(() => fleet.cards.since(0).filter(({ digest }) => digest !== null).length === 3);
    const heard = await starts();
    expect(new Set(heard.map(({ terminal }) => terminal))).toEqual(new Set(['unit-1', 'unit-2', 'unit-3']));
    expect(new Set(heard.map(({ digest }) => digest)).size).toBe(1);
    expect(new Set(heard.map(({ levelCentiDbfs }) => levelCentiDbfs)).size).toBe(1);
    await until(() => IDS.slice(0, 3).every((id) => (bench.platform.committed.get(id) ?? []).length >= 3));
    const wav = await ask<Buffer>('/listen', { terminal: 'unit-2' });
    const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
    expect(samples.some((sample) => Math.abs(sample) > 3_000)).toBe(true);
  });

  it('hears a living voice: every packet on every unit, once and in order, proved by each', async () => {
    const key = sessionKey();
    const live = liveBodySchema.parse({ sessionKey: key.record, delayMs: 1_500, blockMs: 100, maxDurationMs: 20_000, chime: null });
    const startAt = Math.floor(districtNow()) + 400;
    const order = await orderOf(world, 't1', [], { startAt, repeats: 1, message: { class: 'daily', severity: 'none', body: { live }, gapMs: 0, targets: { areas: [areaOf('t1-area')], terminals: [] } } });
    const grant = liveGrantOf(order.digest, live, { startAt });
    await bench.control('/push', { terminals: null, frame: { kind: 'order', order: order.order } });
    await bench.control('/live/open', { stream: grant.stream, delayMs: 1_500, until: 4_000_000_000_000 });
    const source = connect(path.join(bench.dataDir, LIVE_SOCKET));
    const packets = spokenPackets(50);
    const blocks = speak(grant, key, 10, seededRandom(1));
    let previous = blocks[0]?.block.previous ?? '';
    for (const [index, { block }] of blocks.entries()) {
      await until(() => districtNow() >= block.capturedAt / 1_000 + 100);
      const bytes = signBlock({ ...block, previous, end: index === 9, packets: packets.slice(index * 5, index * 5 + 5) }, key);
      previous = sha256Hex(bytes).slice(0, 32);
      source.write(frameLiveBlock(bytes));
    }
    const lines = async () => (await starts()).filter(({ messageDigest }) => messageDigest === order.digest);
    await until(() => fleet.cards.since(0).filter(({ messageDigest, endedAt }) => messageDigest === order.digest && endedAt !== null).length === 3);
    source.destroy();
    const digest = sha256Hex(...packets.map((packet) => sha256(packet)));
    expect((await lines()).map((start) => [start.terminal, start.packets, start.digest]).sort()).toEqual(IDS.slice(0, 3).map((id) => [id, 50, digest]));
    const { packets: heard } = await ask<{ packets: Record<string, [number, string][]> }>('/voices', { since: startAt });
    const names = packets.map((packet) => sha256Hex(packet).slice(0, 16));
    for (const id of IDS.slice(0, 3)) expect(heard[id]?.map(([, name]) => name)).toEqual(names);
    const says = (id: string) => (bench.platform.committed.get(id) ?? []).map((payload) => Buffer.from(payload, 'base64').toString()).some((text) => text.includes('"done"') && text.includes(digest) && text.includes('"lost":0'));
    await until(() => IDS.slice(0, 3).every(says));
    expect((await lines()).find(({ terminal }) => terminal === 'unit-1')?.levelCentiDbfs).toBeLessThan(-1_000);
    const wav = await ask<Buffer>('/listen', { terminal: 'unit-3' });
    expect(new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length)).some((sample) => Math.abs(sample) > 2_000)).toBe(true);
  });

  it('tells a hostile frame from a genuine one and writes down what it refused', async () => {
    const order = await orderIn(1_500);
    const forged = { ...order.order, dispatch: { ...order.order.dispatch, signatures: order.order.dispatch.signatures.map(({ keyid }) => ({ keyid, sig: Buffer.alloc(64, 7).toString('base64') })) } };
    await ask('/inject', { terminals: ['unit-1', 'unit-2'], frame: { kind: 'order', order: forged } });
    await ask('/inject', { terminals: ['unit-3'], frame: 'no frame at all' });
    const refused = await ask<{ terminal: string; code: string }[]>('/refusals', { since: 0 });
    expect(refused.map(({ terminal, code }) => `${terminal} ${code}`).sort()).toEqual(['unit-1 REJ_SIGNATURE', 'unit-2 REJ_SIGNATURE', 'unit-3 REJ_SHAPE']);
  });

  it('loses its power between floor and first sample, starts again, and never plays that repetition', async () => {
    const before = (await starts()).length;
    await ask('/crash', { terminal: 'unit-1', when: 'after-floor' });
    await ask('/crash', { terminal: 'unit-2', when: 'after-floor' });
    const order = await orderIn(1_500);
    await bench.control('/push', { terminals: null, frame: { kind: 'order', order: order.order } });
    await until(() => fleet.cards.since(0).length === before + 1);
    await ask('/boot', { terminal: 'unit-1' });
    await ask('/boot', { terminal: 'unit-2' });
    await ready(3);
    await until(() => ['unit-1', 'unit-2'].every((id) => (bench.platform.committed.get(id) ?? []).some((payload) => Buffer.from(payload, 'base64').toString().includes('INTERRUPTED'))));
    expect((await starts()).slice(before).map(({ terminal }) => terminal)).toEqual(['unit-3']);
  });

  it('lets boxes be broken: what nobody heard is not done', async () => {
    const before = (await starts()).length;
    expect(await ask('/unit', { terminal: 'unit-1', amplifier: 'dead', muted: true, volumePermille: 250 })).toMatchObject({ amplifier: 'dead', muted: true, volumePermille: 250, horn: 'ok' });
    await ask('/unit', { terminal: 'unit-2', horn: 'open' });
    expect(await ask('/unit', { terminal: 'unit-2', horn: 'bent' })).toEqual({ code: 'BODY_INVALID', fields: ['horn'] });
    expect(await ask('/unit', { terminal: 'nobody' })).toEqual({ code: 'TERMINAL_UNKNOWN' });
    const order = await orderIn(1_500);
    await bench.control('/push', { terminals: null, frame: { kind: 'order', order: order.order } });
    await until(() => fleet.cards.since(0).filter(({ digest }) => digest !== null).length === before + 3);
    const says = (id: string, words: readonly string[]) => (bench.platform.committed.get(id) ?? []).some((payload) => {
      const text = Buffer.from(payload, 'base64').toString();
      return [order.dispatchId, ...words].every((word) => text.includes(word));
    });
    await until(() => says('unit-1', ['AMP_FAULT']) && says('unit-2', ['SILENT']) && says('unit-3', ['"done"']));
    for (const terminal of ['unit-1', 'unit-2']) await ask('/unit', { terminal, amplifier: 'ok', horn: 'ok', muted: false, volumePermille: 1_000 });
  });

  it('comes back after the gateway was gone, and a unit held offline comes when it is let', async () => {
    await bench.stopGateway();
    await until(() => fleet.status().online === 0);
    const port = bench.port;
    while (bench.port !== port || fleet.status().online === 0) {
      await bench.startGateway({ CLARION_DEVICE_PORT: String(port) });
      if (bench.port === port) break;
      await bench.stopGateway();
    }
    await ready(3);
    expect(await ask('/offline', { terminals: ['unit-4'], offline: false })).toEqual({ terminals: ['unit-4'] });
    await ready(4);
    expect((await ask<{ terminals: string[] }>('/offline', { terminals: { share: 0.5, seed: 7 }, offline: true })).terminals).toHaveLength(2);
    await until(() => fleet.status().online === 2);
  });

  it('goes on from its disk after the whole process was stopped: same keys, nothing played twice', async () => {
    const claims = bench.platform.devices.size;
    await control.close();
    await fleet.close();
    await startFleet();
    await ready(3);
    expect(bench.platform.devices.size).toBe(claims);
    expect(await starts()).toEqual([]);
    expect(faults).toEqual([]);
  });
});
