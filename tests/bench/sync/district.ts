import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GATEWAY_SOCKET, liveBodySchema, LIVE_SOCKET, terminalIdSchema, type Digest, type EnvelopeShape, type ExchangeAnswer } from '#libs/contracts';
import { encodeLiveBlock, frameLiveBlock, NO_BLOCK_BEFORE, PACKET_MS, sealLiveBlock } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { documentsSince, lineageOf } from '#libs/trust';
import { sealOf, sessionKey, spokenPackets } from '../../support/live-voice';
import { FakePlatform } from '../../support/gateway-platform';
import { freePort } from '../../support/ports';
import { orderOf } from '../../support/terminal-agent/orders';
import { buildWorld, chainOf, NOW, platformOf, RESOURCE_CODE, type World } from '../../support/trust-builder';
import { Helper } from '../live/child';
import { pause } from '../live/figures';
import { askGateway } from './ask-gateway';
import type { GatewaySetting } from './gateway';

const LEASE_MS = 2_000;
const BLOCK_MS = 100;
const PACKETS_A_BLOCK = BLOCK_MS / PACKET_MS;
/** From the order to the first word. */
const AHEAD_MS = 2_000;

/** What is said, for figures. */
export interface Said {
  /** When each packet is to be heard, district ms. */
  readonly heardAt: readonly number[];
}

/** The real gateway over TLS in a process of its own, a platform with a memory that signs with the keys of the test district, and one microphone. */
export class BenchDistrict {
  private readonly assignments = new Map<string, Promise<EnvelopeShape>>();

  private constructor(private readonly dataDir: string, readonly world: World, private readonly platform: FakePlatform, private readonly gateway: Helper, readonly port: number, readonly shiftMs: number) {}

  static async open(terminals: readonly string[]): Promise<BenchDistrict> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'clarion-sync-'));
    await mkdir(path.join(dataDir, 'run'), { mode: 0o700 });
    const [world, platform, port, shiftMs] = [await buildWorld(), new FakePlatform(dataDir), await freePort(), NOW - Date.now()];
    for (const terminal of terminals) platform.claims.set(claimCodeOf(terminal), { terminal, state: 'open' });
    await platform.start();
    const setting: GatewaySetting = { dataDir, port, shiftMs };
    const gateway = Helper.start('../sync/gateway.js', setting);
    await gateway.ask('start');
    const district = new BenchDistrict(dataDir, world, platform, gateway, port, shiftMs);
    platform.answerExchange = (terminal, exchange) => district.answer(terminal, exchange);
    return district;
  }

  get ca(): string {
    return readFileSync(path.join(this.dataDir, 'pki/ca.pem'), 'utf8');
  }

  get stateDir(): string {
    return path.join(this.dataDir, 'units');
  }

  now(): number {
    return performance.timeOrigin + performance.now() + this.shiftMs;
  }

  /** Places a living voice, speaks it for so long, and ends it. `onStart` when its first block leaves. */
  async speak(ms: number, onStart: () => void = () => undefined): Promise<Said> {
    const [key, count] = [sessionKey(), Math.round(ms / BLOCK_MS)];
    const packets = spokenPackets(count * PACKETS_A_BLOCK);
    const live = liveBodySchema.parse({ sessionKey: key.record, delayMs: 800, blockMs: BLOCK_MS, maxDurationMs: ms + 1_000, chime: null });
    const startAt = Math.ceil(this.now()) + AHEAD_MS;
    const { order, digest } = await orderOf(this.world, 'v1', [], { startAt, repeats: 1, message: { class: 'governance', severity: 'none', body: { live }, gapMs: 0 }, dispatch: { issuedAt: Math.floor(this.now()) } });
    const stream = digest.slice(0, 32);
    await this.control('/live/open', { stream, delayMs: live.delayMs, until: startAt + ms + 60_000 });
    await this.control('/push', { terminals: null, frame: { kind: 'order', order } });
    const leasing = setInterval(() => void this.lease(stream, digest).catch(() => undefined), LEASE_MS);
    const socket = await connected(connect(path.join(this.dataDir, LIVE_SOCKET)));
    const seal = sealOf(key);
    const heardAt: number[] = [];
    let previous = NO_BLOCK_BEFORE;
    for (let seq = 1; seq <= count; seq += 1) {
      const capturedAt = startAt + (seq - 1) * BLOCK_MS;
      const own = packets.slice((seq - 1) * PACKETS_A_BLOCK, seq * PACKETS_A_BLOCK);
      const signed = encodeLiveBlock({ end: seq === count, stream, seq, capturedAt: capturedAt * 1_000, previous, packets: own });
      const block = sealLiveBlock(signed, await seal.sign(signed));
      previous = sha256Hex(block).slice(0, NO_BLOCK_BEFORE.length);
      await pause(Math.max(0, capturedAt + BLOCK_MS - this.now()));
      if (seq === 1) onStart();
      socket.write(frameLiveBlock(block));
      heardAt.push(...own.map((_, index) => capturedAt + live.delayMs + index * PACKET_MS));
    }
    await pause(live.delayMs + 1_000);
    clearInterval(leasing);
    socket.destroy();
    await this.control('/live/close', { stream });
    return { heardAt };
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    await this.platform.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async lease(stream: string, digest: Digest): Promise<void> {
    const beacon = await this.world.beacon('d', { set: { at: Math.floor(this.now()), nonce: null, terminal: null, counter: null, leases: [digest] } });
    await this.control('/live/lease', { streams: [stream], beacon });
  }

  private async answer(terminal: string, { nonce, versions, assignmentVersion }: Parameters<FakePlatform['answerExchange']>[1]): Promise<ExchangeAnswer> {
    const beacon = await this.world.beacon('v1', { set: { at: Math.floor(this.now()), ...(nonce === null ? {} : { nonce, terminal: terminalIdSchema.parse(terminal), counter: 0 }) } });
    const documents = documentsSince(this.world.trust, lineageOf(this.world.trust, platformOf('v1')), versions);
    return { kind: 'exchange', beacon, documents: [...documents, ...(assignmentVersion === 0 ? [await this.assignmentOf(terminal)] : [])], stops: [], isolates: [], orders: [] } as never;
  }

  private assignmentOf(terminal: string): Promise<EnvelopeShape> {
    const key = this.platform.devices.get(terminal);
    if (key === undefined) throw new Error(`${terminal} is not enrolled`);
    const known = this.assignments.get(terminal) ?? this.world.assignment('v1', {
      set: { terminals: [{ terminal: terminalIdSchema.parse(terminal), deviceKeyId: key.keyId, areas: chainOf('v1'), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1 }] },
    }) as Promise<EnvelopeShape>;
    this.assignments.set(terminal, known);
    return known;
  }

  private control(route: string, body: unknown): Promise<unknown> {
    return askGateway(path.join(this.dataDir, GATEWAY_SOCKET), route, body);
  }
}

export function claimCodeOf(terminal: string): string {
  return createHash('sha256').update(terminal).digest('hex').toUpperCase().slice(0, 16);
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}
