import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { openTcpPath, type PathTime, type TcpPath } from '../../../../support/network/tcp-path';
import { freePort } from '../../../../support/ports';

const WAY = { baseMs: 30, jitterMeanMs: 5, stalls: null };

/** Time that goes on 10 ms whenever the sockets had a turn. */
class SteppedTime implements PathTime {
  private at = 0;
  private waiting: { readonly at: number; readonly run: () => void }[] = [];

  nowMs(): number {
    return this.at;
  }

  after(ms: number, run: () => void): void {
    this.waiting.push({ at: this.at + ms, run });
  }

  async goOnUntil(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise((resolve) => setImmediate(resolve));
      this.at += 10;
      const due = this.waiting.filter(({ at }) => at <= this.at);
      this.waiting = this.waiting.filter(({ at }) => at > this.at);
      for (const { run } of due.sort((one, other) => one.at - other.at)) run();
    }
  }
}

describe('a TCP path', () => {
  const time = new SteppedTime();
  const heard: { readonly byte: number; readonly at: number }[] = [];
  const closed: string[] = [];
  // Says back whatever it hears.
  const server = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  let path: TcpPath;
  let client: Socket;

  beforeAll(async () => {
    const [port, target] = [await freePort(), await freePort()];
    await new Promise<void>((resolve) => server.listen(target, '127.0.0.1', resolve));
    path = await openTcpPath({ port, target: (server.address() as AddressInfo).port, profile: { up: WAY, down: WAY }, seed: 5, time });
    client = connect(port, '127.0.0.1');
    client.on('data', (bytes) => heard.push(...Array.from(Buffer.from(bytes), (byte) => ({ byte, at: time.nowMs() }))));
    client.on('error', () => undefined).on('close', () => closed.push('client'));
    await new Promise((resolve) => client.once('connect', resolve));
  });

  afterAll(async () => {
    await path.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('carries everything both ways in order, no sooner than two empty ways', async () => {
    const from = time.nowMs();
    for (let byte = 0; byte < 100; byte += 1) client.write(Uint8Array.of(byte));
    await time.goOnUntil(() => heard.length === 100);
    expect(heard.map(({ byte }) => byte)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(heard[0]?.at).toBeGreaterThanOrEqual(from + 60);
  });

  it('holds everything while it is cut, and gives it afterwards', async () => {
    const from = time.nowMs();
    heard.length = 0;
    path.cut('down', 5_000);
    client.write('again');
    await time.goOnUntil(() => heard.length === 5);
    expect(Buffer.from(heard.map(({ byte }) => byte)).toString()).toBe('again');
    expect(Math.min(...heard.map(({ at }) => at))).toBeGreaterThanOrEqual(from + 5_000);
  });

  it('breaks when it is dropped', async () => {
    path.drop();
    await time.goOnUntil(() => closed.length === 1);
    expect(closed).toEqual(['client']);
  });
});
