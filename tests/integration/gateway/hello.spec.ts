import { generateKey } from '#libs/suites';
import { until } from '../../support/until';
import { Bench } from './support/bench';
import { rawTls } from './support/test-terminal';

describe('hello and claim on the device link', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('welcomes a terminal whose key in the directory signed the nonce', async () => {
    const key = await bench.device('t-1');
    const terminal = bench.connect();
    await terminal.hello('t-1', key);
    const welcome = await terminal.frame('welcome');
    expect(welcome.mediaToken).toMatch(/^[0-9a-f]{64}$/);
    expect(terminal.kinds).toEqual(['challenge', 'welcome']);
    await until(() => bench.platform.online().has('t-1'));
  });

  it('takes a terminal that the directory learned of only now, by asking at once', async () => {
    const pullsBefore = bench.platform.directoryPulls;
    const key = await bench.device('t-new');
    const terminal = await bench.online('t-new', key);
    expect(terminal.kinds).toContain('welcome');
    expect(bench.platform.directoryPulls).toBeGreaterThan(pullsBefore);
  });

  it('refuses an unknown terminal with DEVICE_UNKNOWN', async () => {
    const terminal = bench.connect();
    await terminal.hello('nobody', await generateKey('ed25519'));
    expect(await terminal.refusal()).toBe('DEVICE_UNKNOWN');
    expect(terminal.closeCode).toBe(1008);
  });

  it.each([
    ['another nonce', { nonce: '0'.repeat(32) }],
    ['the context of a claim', { context: 'clarion-device-claim.v1' }],
    ['a key id that is not the directory\'s', { keyId: 'a'.repeat(64) }],
  ])('refuses a hello signed over %s with HELLO_SIGNATURE', async (_what, change) => {
    const key = await bench.device('t-1');
    const terminal = bench.connect();
    await terminal.hello('t-1', key, change);
    expect(await terminal.refusal()).toBe('HELLO_SIGNATURE');
  });

  it('refuses a hello signed by another enrolled terminal', async () => {
    await bench.device('t-1');
    const thief = await bench.device('t-2');
    const terminal = bench.connect();
    await terminal.hello('t-1', thief);
    expect(await terminal.refusal()).toBe('HELLO_SIGNATURE');
  });

  it('gives a new nonce to every connection', async () => {
    const [first, second] = [bench.connect(), bench.connect()];
    expect((await first.frame('challenge')).nonce).not.toBe((await second.frame('challenge')).nonce);
  });

  it('claims with a one-use code and goes on with hello on the same connection', async () => {
    bench.platform.claims.set('ABCDEFGH12345678', { terminal: 't-9', state: 'open' });
    const key = await generateKey('ed25519');
    const terminal = bench.connect();
    await terminal.claim('ABCDEFGH12345678', key);
    expect(await terminal.frame('claimed')).toEqual({ kind: 'claimed', terminal: 't-9' });
    await terminal.helloAfterClaim('t-9', key);
    await terminal.frame('welcome');
  });

  it.each([
    ['CLAIM_UNKNOWN', undefined],
    ['CLAIM_USED', 'used'],
    ['CLAIM_EXPIRED', 'expired'],
  ] as const)('passes on the platform\'s %s', async (code, state) => {
    if (state !== undefined) bench.platform.claims.set('ABCDEFGH12345678', { terminal: 't-9', state });
    const terminal = bench.connect();
    await terminal.claim('ABCDEFGH12345678', await generateKey('ed25519'));
    expect(await terminal.refusal()).toBe(code);
  });

  it('answers nobody about codes after thirty refused claims from one address, not even the right one', async () => {
    bench.platform.claims.set('ABCDEFGH12345678', { terminal: 't-9', state: 'open' });
    const key = await generateKey('ed25519');
    const attempt = async (code: string) => {
      const terminal = bench.connect();
      await terminal.claim(code, key);
      return terminal.refusal();
    };
    for (let n = 0; n < 30; n += 1) expect(await attempt('ZZZZZZZZ12345678')).toBe('CLAIM_UNKNOWN');
    expect(await attempt('ABCDEFGH12345678')).toBe('CLAIM_LOCKED');
    expect(bench.platform.claims.get('ABCDEFGH12345678')?.state).toBe('open');
    const enrolled = await bench.device('t-1');
    expect((await bench.online('t-1', enrolled)).kinds).toContain('welcome');
  });

  it('refuses a claim whose key did not sign the nonce, without using the code up', async () => {
    bench.platform.claims.set('ABCDEFGH12345678', { terminal: 't-9', state: 'open' });
    const terminal = bench.connect();
    await terminal.claim('ABCDEFGH12345678', await generateKey('ed25519'), { signs: 'ABCDEFGH12345679' });
    expect(await terminal.refusal()).toBe('CLAIM_SIGNATURE');
    expect(bench.platform.claims.get('ABCDEFGH12345678')?.state).toBe('open');
  });

  it('refuses a device key of another suite with CLAIM_KEY', async () => {
    const terminal = bench.connect();
    await terminal.claim('ABCDEFGH12345678', await generateKey('es256'));
    expect(await terminal.refusal()).toBe('CLAIM_KEY');
  });

  it('refuses anything but claim and hello from a guest', async () => {
    const terminal = bench.connect();
    await terminal.frame('challenge');
    terminal.send({ kind: 'time', t1: 1 });
    expect(await terminal.refusal()).toBe('FRAME_UNEXPECTED');
  });

  it('lets the newest connection of a terminal win and tells both changes', async () => {
    const key = await bench.device('t-1');
    const older = await bench.online('t-1', key);
    await until(() => bench.platform.online().has('t-1'));
    const told = bench.platform.presence.length;
    const newer = await bench.online('t-1', key);
    expect(await older.refusal()).toBe('REPLACED');
    await until(() => bench.platform.presence.length > told);
    const changes = bench.platform.presence.slice(told).flatMap((request) => request.changes);
    expect(changes.map(({ online }) => online)).toEqual([false, true]);
    expect(newer.closeCode).toBeUndefined();
    expect(bench.sessions.size).toBe(1);
  });

  it('closes the connection of a terminal that the directory lost', async () => {
    const key = await bench.device('t-1');
    const terminal = await bench.online('t-1', key);
    bench.platform.devices.delete('t-1');
    bench.platform.revision += 1;
    // A stranger makes the gateway look again at once; otherwise it does so every five seconds.
    await bench.connect().hello('stranger', key);
    expect(await terminal.refusal()).toBe('DEVICE_UNKNOWN');
  });

  it('welcomes known terminals after a restart with the platform dead', async () => {
    const key = await bench.device('t-1');
    const before = await bench.online('t-1', key);
    await bench.platform.stop();
    await bench.stopGateway();
    expect(await before.closed()).toBe(1001);
    await bench.startGateway();
    const after = await bench.online('t-1', key);
    expect(after.kinds).toEqual(['challenge', 'welcome']);
  });

  it('says PLATFORM_AWAY to a claim while the platform is dead', async () => {
    await bench.platform.stop();
    const terminal = bench.connect();
    await terminal.claim('ABCDEFGH12345678', await generateKey('ed25519'));
    expect(await terminal.refusal()).toBe('PLATFORM_AWAY');
    expect(terminal.closeCode).toBe(1013);
  });

  it.each([
    ['another path', { path: '/elsewhere' }, '404'],
    ['another subprotocol', { protocol: 'chat' }, '400'],
    ['another version of the WebSocket', { protocolVersion: 8 }, '426'],
    ['a browser\'s Origin', { origin: 'https://example.org' }, '403'],
  ])('refuses an upgrade with %s before it becomes a WebSocket', async (_what, options, status) => {
    const terminal = bench.connect(options);
    await until(() => terminal.failure !== undefined);
    expect(terminal.failure?.message).toContain(status);
  });

  it('shows a certificate of the pinned district CA and no other', async () => {
    await expect(rawTls(bench.port, bench.ca, 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).resolves.toContain('404');
    await expect(rawTls(bench.port, '', 'x')).rejects.toThrow(/self.signed|unable to/i);
  });

  it('takes three hundred terminals that come in one burst', async () => {
    const keys = await Promise.all(Array.from({ length: 300 }, (_, index) => bench.device(`t-${index}`)));
    const terminals = await Promise.all(keys.map((key, index) => bench.online(`t-${index}`, key)));
    expect(terminals).toHaveLength(300);
    expect(bench.sessions.size).toBe(300);
    await until(() => bench.platform.online().size === 300);
  });
});
