import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestSchema, fleetSchema, terminalIdSchema, type Assignment, type EnvelopeShape, type ExchangeAnswer } from '#libs/contracts';
import { encodeOggOpus, generateChime, generateSiren } from '#libs/audio';
import { certificateFingerprint } from '#libs/pki';
import { documentsSince, lineageOf, verifyByDevice } from '#libs/trust';
import { SimulatedFleet } from '../../../apps/terminal-agent/src/simulator/fleet';
import { buildWorld, chainOf, digestOfBytes, NOW, platformOf, RESOURCE_CODE, type World } from '../../support/trust-builder';
import { until } from '../../support/until';
import { Bench } from './support/bench';

const COUNT = 12;
const ids = Array.from({ length: COUNT }, (_, index) => `v1-term-${index + 1}`);
const codeOf = (id: string) => createHash('sha256').update(id).digest('hex').toUpperCase().slice(0, 16);

/**
 * The real agents of the simulator against the real gateway; the platform behind it is the one with a memory, which
 * signs with the keys of the test district. District time is the test district's day, so that its documents are in force.
 */
describe('real agents behind the real gateway', () => {
  let bench: Bench;
  let world: World;
  let fleet: SimulatedFleet;
  const shift = NOW - Date.now();
  const districtNow = () => Math.trunc(Date.now() + shift);
  const assignments = new Map<string, EnvelopeShape>();
  const receipts = (state: string) => [...bench.platform.committed].flatMap(([terminal, payloads]) => payloads
    .map((payload) => JSON.parse(Buffer.from(payload, 'base64').toString()))
    .filter((receipt) => receipt.terminal === terminal && receipt.state === state));

  beforeAll(async () => {
    bench = await Bench.open();
    world = await buildWorld();
    for (const id of ids) bench.platform.claims.set(codeOf(id), { terminal: id, state: 'open' });
    const lineage = lineageOf(world.trust, platformOf('v1'));
    bench.platform.answerExchange = async (terminal, { nonce, versions, assignmentVersion }): Promise<ExchangeAnswer> => {
      const beacon = world.beacon('v1', { set: { at: districtNow(), ...(nonce === null ? {} : { nonce, terminal: terminalIdSchema.parse(terminal), counter: 0 }) } });
      const documents = documentsSince(world.trust, lineage, versions);
      const assignment = await assignmentOf(terminal);
      return { kind: 'exchange', beacon: await beacon, documents: [...documents, ...(assignmentVersion === 0 ? [assignment] : [])], stops: [], isolates: [], orders: [] } as never;
    };
    fleet = await SimulatedFleet.open(fleetSchema.parse({
      gatewayUrl: `wss://127.0.0.1:${bench.port}`, caFile: 'unused', root: world.expected.rootEnvelope,
      terminals: ids.map((id, index) => ({ id, physicalCode: `SN-${id}`, claimCode: codeOf(id), named: index === 0, offsetPpm: 0, clockOffsetMs: 0, heldOffline: false })),
    }), bench.ca, path.join(bench.dataDir, 'sim'), (terminal, fault) => { throw new Error(`${terminal}: ${String(fault)}`); });
    await fleet.start();
  });
  afterAll(async () => {
    await fleet.close();
    await bench.close();
  });

  async function assignmentOf(terminal: string): Promise<EnvelopeShape> {
    const key = bench.platform.devices.get(terminal);
    if (key === undefined) throw new Error(`${terminal} is not enrolled`);
    const entry: Assignment['terminals'][number] = { terminal: terminalIdSchema.parse(terminal), deviceKeyId: key.keyId, areas: chainOf('v1'), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1 };
    const known = assignments.get(terminal) ?? ((await world.assignment('v1', { set: { terminals: [entry] } })) as EnvelopeShape);
    assignments.set(terminal, known);
    return known;
  }

  async function store(sound: Parameters<typeof encodeOggOpus>[0]) {
    const { bytes, durationMs } = encodeOggOpus(sound, { bitrate: 24000 });
    const sha256 = digestOfBytes(bytes);
    await mkdir(path.join(bench.dataDir, 'media', sha256.slice(0, 2)), { recursive: true });
    await writeFile(path.join(bench.dataDir, 'media', sha256.slice(0, 2), sha256), bytes);
    return { sha256, bytes: bytes.length, durationMs };
  }

  it('enrol with their claim codes, take their documents and come online', async () => {
    await until(() => fleet.status().assigned === COUNT);
    expect(fleet.status()).toEqual({ terminals: COUNT, online: COUNT, enrolled: COUNT, assigned: COUNT });
    expect([...bench.platform.devices.keys()].sort()).toEqual([...ids].sort());
    await until(() => bench.platform.online().size === COUNT);
  });

  it('fetch, play together what author and approver signed, prove it, and are silenced by one stop', async () => {
    const [siren, chime] = [await store(generateSiren('rise-fall', 2_000)), await store(generateChime('opening'))];
    const body = { segments: [{ ...siren, role: 'siren' as const }, { ...chime, role: 'chime' as const }] };
    await bench.control('/push', { terminals: null, frame: { kind: 'prefetch', media: [siren, chime].map(({ sha256, bytes }) => ({ sha256, bytes })) } });
    // What is ready can be told from the cards: the order is placed as soon as the media were asked for.
    const startAt = districtNow() + 2_000;
    const { order, dispatch } = await world.order('v1', {
      message: { set: { body, repeats: 5, gapMs: 500 } },
      dispatch: { set: { startAt, issuedAt: districtNow() } },
    });
    expect(await bench.control('/push', { terminals: null, frame: { kind: 'order', order } })).toMatchObject({ body: { written: expect.arrayContaining(ids) } });
    await until(() => receipts('acked').length === COUNT);
    await until(() => receipts('done').length === COUNT);

    const starts = fleet.cards.since(0).filter(({ repetition }) => repetition === 1);
    expect(starts.map(({ terminal }) => terminal).sort()).toEqual([...ids].sort());
    for (const { startedAt } of starts) expect(startedAt + shift).toBeGreaterThan(startAt - 50);
    expect(receipts('done').every(({ repetition, playedDigest, dispatchId }) => repetition === 1 && playedDigest !== undefined && dispatchId === JSON.parse(Buffer.from(dispatch.payload, 'base64').toString()).dispatchId)).toBe(true);

    await until(() => receipts('audible').filter(({ repetition }) => repetition === 2).length === COUNT);
    const stop = await world.stop('d', { set: { issuedAt: districtNow(), notAfter: districtNow() + 3_600_000 } });
    await bench.platform.stop();
    expect(await bench.control('/stop', { stop, notAfter: Date.now() + 3_600_000 })).toMatchObject({ body: { written: COUNT } });
    await until(() => fleet.cards.since(0).filter(({ repetition }) => repetition === 2).every(({ endedAt }) => endedAt !== null));
    await bench.platform.start();
    await until(() => receipts('failed').filter(({ reason }) => reason === 'STOPPED').length === COUNT);
    expect(fleet.cards.since(0).some(({ repetition }) => repetition > 2)).toBe(false);
    expect(fleet.refusals.since(0)).toEqual([]);
  });

  it('come back by themselves after the gateway was away, and nothing stopped starts again', async () => {
    const { port } = bench;
    const before = fleet.cards.since(0).length;
    await bench.stopGateway();
    await until(() => fleet.status().online === 0);
    await bench.startGateway({}, port);
    await until(() => fleet.status().online === COUNT);
    await until(() => bench.platform.online().size === COUNT);
    expect(fleet.cards.since(0).length).toBe(before);
  });

  it('leave the gateway when its certificate is revoked, and come back to the one that it has made itself by then', async () => {
    const serverPem = path.join(bench.dataDir, 'pki/server.pem');
    const before = await readFile(serverPem, 'utf8');
    const links = new Set([...bench.sessions.all()].map(({ link }) => link));
    const revocation = await world.revocation('d', { set: { entries: [], certificates: [{ fingerprint: digestSchema.parse(certificateFingerprint(before)), since: districtNow() }], issuedAt: districtNow() } });
    expect(await bench.control('/push', { terminals: null, frame: { kind: 'document', document: revocation } })).toMatchObject({ body: { written: expect.arrayContaining(ids) } });
    expect(await readFile(serverPem, 'utf8')).not.toBe(before);
    const moved = () => [...bench.sessions.all()].filter(({ link }) => !links.has(link)).length;
    await until(() => moved() === COUNT && fleet.status().online === COUNT);
    expect(fleet.refusals.since(0)).toEqual([]);
  });

  it('sign what the platform can verify', () => {
    const [terminal, payloads] = [...bench.platform.envelopes][0] ?? [];
    const key = bench.platform.devices.get(terminal ?? '');
    expect(payloads?.length).toBeGreaterThan(0);
    for (const envelope of payloads ?? []) {
      expect(key !== undefined && verifyByDevice({ terminal: terminalIdSchema.parse(terminal), key }, envelope, 'receipt').ok).toBe(true);
    }
  });
});
