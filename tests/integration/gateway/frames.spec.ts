import { LIMITS } from '#libs/contracts';
import type { GeneratedKey } from '#libs/suites';
import { until } from '../../support/until';
import { Bench } from './support/bench';
import { exchange } from './support/samples';
import { rawTls, type TestTerminal } from './support/test-terminal';

describe('frames that a terminal must not send', () => {
  let bench: Bench;
  let key: GeneratedKey;
  let terminal: TestTerminal;
  beforeAll(async () => {
    bench = await Bench.open();
    key = await bench.device('t-1');
  });
  beforeEach(async () => {
    terminal = await bench.online('t-1', key);
  });
  afterAll(() => bench.close());

  it.each([
    ['text that is not JSON', 'hello?'],
    ['an unknown kind', { kind: 'play' }],
    ['a field that the contract does not name', { kind: 'time', t1: 1, extra: true }],
    ['a missing field', { ...exchange(), held: undefined }],
    ['a value of another type', { kind: 'time', t1: '1' }],
    ['fifty thousand nested arrays', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['a key that reaches for the prototype', '{"kind":"time","t1":1,"__proto__":{"x":1}}'],
    ['more receipts than a frame may hold', { kind: 'receipts', envelopes: Array.from({ length: 51 }, () => ({})) }],
  ])('answers %s with FRAME_INVALID and closes', async (_what, frame) => {
    terminal.send(frame);
    expect(await terminal.refusal()).toBe('FRAME_INVALID');
    expect(terminal.closeCode).toBe(1007);
  });

  it('answers a binary frame with FRAME_BINARY', async () => {
    terminal.socket.send(Buffer.from('{"kind":"time","t1":1}'), { binary: true });
    expect(await terminal.refusal()).toBe('FRAME_BINARY');
    expect(terminal.closeCode).toBe(1003);
  });

  it('answers a frame above the limit with FRAME_TOO_LARGE before it has read it all', async () => {
    terminal.send(`{"kind":"time","t1":1,"pad":"${'x'.repeat(LIMITS.deviceFrameBytes)}"}`);
    expect(await terminal.refusal()).toBe('FRAME_TOO_LARGE');
    expect(terminal.closeCode).toBe(1009);
  });

  it('counts fragments as one frame against the limit', async () => {
    const piece = 'x'.repeat(60_000);
    terminal.socket.send(`{"kind":"${piece}`, { fin: false });
    for (let i = 0; i < 5; i += 1) terminal.socket.send(piece, { fin: i === 4 });
    expect(await terminal.refusal()).toBe('FRAME_TOO_LARGE');
  });

  it('answers text that is not UTF-8 with FRAME_INVALID', async () => {
    terminal.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    expect(await terminal.refusal()).toBe('FRAME_INVALID');
  });

  it('answers a second hello with FRAME_UNEXPECTED', async () => {
    terminal.send({ kind: 'hello', terminal: 't-1', keyId: key.key.keyId, agent: 'test', sig: '' });
    expect(await terminal.refusal()).toBe('FRAME_UNEXPECTED');
  });

  it('lets a second\'s worth of time probes pass and answers a flood with RATE_LIMIT', async () => {
    for (let i = 0; i < LIMITS.deviceFramesPerSecond * 3; i += 1) terminal.send({ kind: 'time', t1: i });
    expect(await terminal.refusal()).toBe('RATE_LIMIT');
    const answered = terminal.kinds.filter((kind) => kind === 'time').length;
    expect(answered).toBeGreaterThanOrEqual(LIMITS.deviceFramesPerSecond - 2);
    expect(answered).toBeLessThan(LIMITS.deviceFramesPerSecond * 3);
  });

  it('answers a ping with its own data', async () => {
    const answered = new Promise<string>((resolve) => terminal.socket.once('pong', (data: Buffer) => resolve(data.toString())));
    terminal.socket.ping('are you there');
    expect(await answered).toBe('are you there');
  });

  it('counts pings too', async () => {
    for (let i = 0; i < LIMITS.deviceFramesPerSecond * 3; i += 1) terminal.socket.ping();
    expect(await terminal.refusal()).toBe('RATE_LIMIT');
  });

  it('goes on serving everybody else after all that', async () => {
    const other = await bench.device('t-2');
    const neighbour = await bench.online('t-2', other);
    neighbour.send({ kind: 'time', t1: 5.25 });
    expect((await neighbour.frame('time')).t1).toBe(5.25);
    const { body } = await bench.control('/status', {});
    expect(body).toMatchObject({ connected: 2 });
  });

  it('drops a request that never ends its headers and one that is no HTTP', async () => {
    await expect(rawTls(bench.port, bench.ca, '\x00\x01\x02\r\n\r\n')).resolves.toBe('');
    await expect(rawTls(bench.port, bench.ca, `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).resolves.not.toContain('200');
  });

  it('tells the platform of everyone who left', async () => {
    await until(() => bench.platform.online().has('t-1'));
    terminal.cut();
    await until(() => !bench.platform.online().has('t-1'));
  });
});
