import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { LIMITS, LIVE_SOCKET } from '#libs/contracts';
import type { GeneratedKey } from '#libs/suites';
import { unsignedBlock } from '../../support/live-block';
import { until } from '../../support/until';
import { Bench } from './support/bench';
import type { TestTerminal } from './support/test-terminal';

const A = 'a1'.repeat(16);
const B = 'b2'.repeat(16);
const BEACON = { payloadType: 'application/vnd.clarion.beacon.v1+json', payload: 'e30=', signatures: [{ keyid: 'ab'.repeat(32), sig: 'eHh4eA==' }] };

describe('living voice through a gateway on real sockets', () => {
  let bench: Bench;
  let source: Socket;
  const keys: GeneratedKey[] = [];
  const open = (stream: string, delayMs = 800) => bench.control('/live/open', { stream, delayMs, until: 4_000_000_000_000 });
  const plug = () => connect(path.join(bench.dataDir, LIVE_SOCKET)).on('error', () => undefined);
  const framed = (block: Buffer) => Buffer.concat([Buffer.from([0, 0, block.length >> 8, block.length & 255]), block]);
  const seqs = ({ blocks }: TestTerminal, stream = A) => blocks.filter((block) => block.subarray(6, 22).toString('hex') === stream).map((block) => block.readUInt32BE(22));
  const listening = async (count: number) => until(async () => (await bench.control('/metrics')).text.includes(`clarion_gateway_live_listeners ${count}\n`));
  const ended = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve).resume());

  beforeAll(async () => {
    bench = await Bench.open();
    for (const id of ['t-1', 't-2', 't-3']) keys.push(await bench.device(id));
  });
  const online = (n: number) => bench.online(`t-${n}`, keys[n - 1] as GeneratedKey);
  beforeEach(() => {
    source = plug();
  });
  afterEach(async () => {
    source.destroy();
    for (const stream of [A, B]) await bench.control('/live/close', { stream });
  });
  afterAll(() => bench.close());

  it('reaches those who listen as the bytes that came, cut up on the way in as it may be, with the ring for a newcomer', async () => {
    const [one, two, three] = await Promise.all([online(1), online(2), online(3)]);
    expect((await open(A)).status).toBe(200);
    await open(B);
    one.send({ kind: 'listen', stream: A, lastSeq: 0 });
    two.send({ kind: 'listen', stream: B, lastSeq: 0 });
    await listening(2);
    const bytes = Buffer.concat([1, 2, 3].flatMap((seq) => [framed(unsignedBlock(A, seq)), framed(unsignedBlock(B, seq))]));
    for (let at = 0; at < bytes.length; at += 401) source.write(bytes.subarray(at, at + 401));
    await until(() => one.blocks.length === 3 && two.blocks.length === 3);
    expect(one.blocks).toEqual([1, 2, 3].map((seq) => unsignedBlock(A, seq)));
    expect(seqs(two, B)).toEqual([1, 2, 3]);
    three.send({ kind: 'listen', stream: A, lastSeq: 1 });
    await until(() => three.blocks.length === 2);
    expect(seqs(three)).toEqual([2, 3]);
    one.send({ kind: 'unlisten', stream: A });
    three.send({ kind: 'progress', stream: A, lastSeq: 3, late: 1, refused: 0, bufferMs: 640 });
    await listening(2);
    await until(async () => {
      const { body } = await bench.control('/live/lease', { streams: [A], beacon: BEACON });
      return JSON.stringify(body) === JSON.stringify({ streams: [{ stream: A, listening: 1, behind: 0, late: 1, refused: 0, lost: 0 }] });
    });
    expect((await three.frame('lease')).beacon).toEqual(BEACON);
    expect([one.kinds, two.kinds].flat().filter((kind) => kind === 'lease')).toEqual([]);
    // Whoever comes back does not wait for the next lease: the newest comes first.
    one.send({ kind: 'listen', stream: A, lastSeq: 2 });
    await until(() => one.blocks.length === 4);
    expect([(await one.frame('lease')).beacon, seqs(one).at(-1)]).toEqual([BEACON, 3]);
    for (const terminal of [one, two, three]) terminal.cut();
  });

  it('outlives its own restart: terminals listen again, the platform opens again', async () => {
    const { port } = bench;
    await bench.stopGateway();
    await bench.startGateway({}, port);
    const one = await online(1);
    one.send({ kind: 'listen', stream: A, lastSeq: 3 });
    await listening(1);
    await open(A);
    source = plug();
    source.write(Buffer.concat([framed(unsignedBlock(A, 4)), framed(unsignedBlock(A, 5))]));
    await until(() => one.blocks.length === 2);
    expect(seqs(one)).toEqual([4, 5]);
    one.cut();
  });

  it.each([
    ['a length above the longest block', () => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(LIMITS.liveBlockBytes + 1); return bytes; }],
    ['a length of nothing', () => Buffer.alloc(4)],
    ['bytes that are no block', () => framed(Buffer.alloc(200))],
    ['a block of a stream that is not open', () => framed(unsignedBlock('c3'.repeat(16), 1))],
  ])('ends the connection of a platform that sends %s, and takes the next one', async (_what, wrong) => {
    await open(A);
    const one = await online(1);
    one.send({ kind: 'listen', stream: A, lastSeq: 0 });
    await listening(1);
    const end = ended(source);
    source.write(Buffer.concat([wrong(), framed(unsignedBlock(A, 1))]));
    await end;
    source = plug();
    source.write(framed(unsignedBlock(A, 2)));
    await until(() => one.blocks.length === 1);
    expect(seqs(one)).toEqual([2]);
    one.cut();
  });

  it('reads one connection, the newest, from a socket that is its own user\'s alone', async () => {
    const end = ended(source);
    const newer = plug();
    await end;
    newer.destroy();
    const file = path.join(bench.dataDir, LIVE_SOCKET);
    expect([existsSync(file), statSync(file).mode & 0o777]).toEqual([true, 0o600]);
  });

  it.each([
    ['/live/open', { stream: A, delayMs: 100, until: 4_000_000_000_000 }],
    ['/live/open', { stream: 'a1', delayMs: 800, until: 4_000_000_000_000 }],
    ['/live/lease', { streams: Array.from({ length: LIMITS.leases + 1 }, () => A), beacon: BEACON }],
    ['/live/close', {}],
  ])('%s refuses what the contract does not take: %j', async (route, body) => {
    expect((await bench.control(route, body)).status).toBe(422);
  });
});
