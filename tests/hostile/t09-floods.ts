import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';
import { seededRandom } from '../support/seeded-random';
import { LONG, many, PER_SECOND, threat, type Attacked } from './attacker';

export function t09(attacked: Attacked): void {
  const { flow, server } = attacked;
  const port = (): number => Number(new URL(server.base).port);

  async function timesOf(count: number, one: () => Promise<number>): Promise<readonly number[]> {
    const times: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const began = performance.now();
      expect(await one()).toBe(200);
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b);
  }

  threat(attacked, 'T09', 'half-open connections, slow bodies, slow readers', () => {
    const sockets: Socket[] = [];
    afterAll(() => {
      for (const socket of sockets) socket.destroy();
    });
    const hold = (first: string): Promise<void> => new Promise((resolve) => {
      const socket = connect(port(), '127.0.0.1', () => socket.write(first, () => resolve()));
      socket.on('error', () => undefined);
      sockets.push(socket);
    });

    it('keep nobody else waiting: two thousand of them, and the API answers and an order goes out', async () => {
      const token = await attacked.token('t1-author');
      const kinds = [
        'GET /api/areas HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', '', 'POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n{"account":"',
        'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'POST /api/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n1\r\n{\r\n',
      ];
      await many(2_000, 100, (n) => hold(kinds[n % kinds.length] ?? ''));
      const times = await timesOf(LONG ? 3_000 : 30, async () => {
        server.clock.advance(1_000);
        return (await attacked.ask('GET', '/api/areas', { token })).status;
      });
      expect(times[Math.floor(times.length * 0.95)] ?? Infinity).toBeLessThan(1_000);
      const before = performance.now();
      await flow.onAir('t1');
      expect(performance.now() - before).toBeLessThan(5_000);
      // The oldest of them had to go; those that are left hold places of their own kind only.
      const open = await new Promise<number>((resolve) => server.app.getHttpServer().getConnections((_: unknown, count: number) => resolve(count)));
      expect(open).toBeLessThanOrEqual(1_100);
    });
  });

  threat(attacked, 'T10', 'floods, and bodies that are too large or too deep', () => {
    it('are refused before the database is asked, and leave an emergency its own budget', async () => {
      const token = await attacked.token('t2-author');
      const statuses = await many(LONG ? 30_000 : PER_SECOND * 10 + 100, 50, async () => (await attacked.ask('GET', '/api/on-air', { token })).status);
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(PER_SECOND * 10);
      expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(100);
      expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
      expect((await flow.draft('t2')).status).toBe(200);
      server.clock.advance(1_000);
      expect((await attacked.ask('GET', '/api/on-air', { token })).status).toBe(200);
    });

    it('are refused on every route that takes a body, whoever sends them', async () => {
      const token = await attacked.token('t1-author');
      const large = JSON.stringify({ a: 'x'.repeat(262_144) });
      const deep = `${'['.repeat(33)}${']'.repeat(33)}`;
      for (const { method, path, contract } of attacked.routes.filter((route) => route.method !== 'get')) {
        server.clock.advance(1_000);
        const at = `/api${path.replace(/:[a-zA-Z0-9]+/g, 'x')}`;
        if (contract?.rawBody !== undefined) continue;
        for (const who of [{}, { token }]) {
          expect([path, (await attacked.ask(method.toUpperCase(), at, { ...who, body: large })).body.code]).toEqual([path, 'PAYLOAD_TOO_LARGE']);
          expect([path, (await attacked.ask(method.toUpperCase(), at, { ...who, body: deep })).body.code]).toEqual([path, 'JSON_TOO_DEEP']);
        }
      }
      const arrays = await attacked.ask('POST', '/api/session', { body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` });
      expect([arrays.status, arrays.body.code]).toEqual([400, 'JSON_TOO_DEEP']);
    });
  });

  threat(attacked, 'T11', 'hostile packets on the live feed', () => {
    it('neither end the process nor fill its memory', async () => {
      const token = await attacked.token('t1-author');
      const random = seededRandom(11).int;
      const word = (most: number): string => Array.from({ length: random(most) + 1 }, () => String.fromCharCode(32 + random(90))).join('');
      const packets: readonly (() => string | Buffer)[] = [
        () => `451000000-/live,["x"]`, () => `45${random(9)}-/live,["a",{"_placeholder":true,"num":${random(1_000_000)}}]`, () => `42/live,["${'e'.repeat(random(30_000))}"]`, () => `42/live,[${'['.repeat(random(2_000))}`,
        () => `42/live,["__proto__",{"constructor":{"prototype":1}}]`, () => `42/live,["connection"]`, () => `42/live,["disconnect"]`, () => `42/live,["error",1]`, () => `42/live,{"a":1}`, () => `42/live,${word(200)}`, () => `4${random(9)}/${word(20)},`,
        () => `40/${word(50)},{}`, () => `40/live,{"token":"${word(100)}"}`, () => word(100), () => Buffer.from(word(500)), () => Buffer.alloc(0), () => '', () => '3probe', () => '5', () => '6', () => `2${word(50)}`,
        () => `42/live,99999999999999999999["x"]`, () => `43/live,1["x"]`, () => '4', () => '41/live,', () => `42/live,["x",${'9'.repeat(400)}]`,
      ];
      const before = process.memoryUsage().rss;
      let sent = 0;
      const most = LONG ? 100_000 : 4_000;
      while (sent < most) {
        const socket = new WebSocket(`${server.base.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
        await new Promise<void>((resolve) => {
          socket.on('error', () => resolve());
          socket.on('close', () => resolve());
          socket.on('open', () => {
            if (random(2) === 0) socket.send(`40/live,${JSON.stringify({ token })}`);
            const burst = (): void => {
              for (let n = 0; n < 100 && socket.readyState === WebSocket.OPEN; n += 1) {
                socket.send(packets[random(packets.length)]?.() ?? '');
                sent += 1;
              }
              if (random(3) === 0 || socket.readyState !== WebSocket.OPEN) socket.close();
              else setImmediate(burst);
            };
            burst();
          });
        });
        socket.terminate();
      }
      // Larger than a message may be: the connection goes, the server stays.
      const large = new WebSocket(`${server.base.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      await new Promise<void>((resolve) => {
        large.on('open', () => large.send(`42/live,["x","${'x'.repeat(1_000_000)}"]`));
        large.on('close', () => resolve());
        large.on('error', () => resolve());
      });
      server.clock.advance(1_000);
      expect((await attacked.ask('GET', '/api/areas', { token })).status).toBe(200);
      expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_048_576);
      // Polling, the other way in, is not open at all.
      expect((await attacked.ask('POST', '/socket.io/?EIO=4&transport=polling', { body: 'b4AAAA', headers: { 'content-type': 'application/octet-stream' } })).status).toBe(400);
    });
  });

  threat(attacked, 'T80', 'the screens flooded while somebody must send an emergency', () => {
    it('has the order out within five seconds', async () => {
      const tokens = await Promise.all(['t1-auditor', 't1-admin', 't1-officer-1', 'v1-author'].map((account) => attacked.token(account)));
      let isOver = false;
      const flood = many(LONG ? 60_000 : 100_000, 40, async (n) => {
        if (isOver) return 0;
        return (await attacked.ask('GET', n % 2 === 0 ? '/api/on-air' : '/', { token: tokens[n % tokens.length] ?? '' })).status;
      });
      const began = performance.now();
      const { dispatch } = await flow.onAir('t1');
      const took = performance.now() - began;
      isOver = true;
      await flood;
      expect(dispatch.targets.areas).toEqual(['t1-area']);
      expect(took).toBeLessThan(5_000);
    });
  });
}
