import { connect as dial } from 'node:net';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { io, type Socket as Client } from 'socket.io-client';
import { allowedCallers, createApp } from '../../../../../apps/platform/src/kernel/http';
import { silentLog } from '../../../../../apps/platform/src/kernel/log';
import { principalOf, SocketAdapter } from '../../../../../apps/platform/src/kernel/socket';
import { freePort } from '../../../../support/ports';

@WebSocketGateway({ namespace: '/live' })
class LiveGateway {
  @SubscribeMessage('who')
  who(@ConnectedSocket() socket: Socket): unknown {
    return { event: 'you', data: principalOf(socket) };
  }
}

@Controller('echo')
class EchoController {
  @Get()
  get(): unknown {
    return { said: 'nothing' };
  }

  @Post()
  post(@Body() body: unknown): unknown {
    return { said: body };
  }
}

@Module({ controllers: [EchoController], providers: [LiveGateway] })
class TestModule {}

const clients: Client[] = [];
let app: NestExpressApplication;
let base: string;

beforeAll(async () => {
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  app = await createApp(TestModule, { config: { trustedProxies: 0, origins: ['http://x'], signOrigins: [], bind: '127.0.0.1' }, log: silentLog, version: '0' });
  app.useWebSocketAdapter(
    new SocketAdapter(app, {
      allowed: allowedCallers({ origins: [base], bind: '127.0.0.1' }),
      log: silentLog,
      authenticate: async (token) => {
        if (token === 'broken') throw new Error('the database is away');
        return token === 'good' ? { person: 'p-1' } : null;
      },
    }),
  );
  await app.listen(port, '127.0.0.1');
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await app?.close();
});

/** Resolves to 'connected', or to the refusal's words. */
function connect(path: string, auth: object, origin?: string): Promise<string> {
  const client = io(`${base}${path}`, { transports: ['websocket'], auth, reconnection: false, forceNew: true, ...(origin === undefined ? {} : { extraHeaders: { origin } }) });
  clients.push(client);
  return new Promise((resolve) => {
    client.on('connect', () => resolve('connected'));
    client.on('connect_error', (cause) => resolve(cause.message));
  });
}

describe('the live feed', () => {
  it.each(['/', '/live'])('lets nobody into %s without a token somebody holds', async (path) => {
    expect(await connect(path, {})).toBe('UNAUTHENTICATED');
    expect(await connect(path, { token: 'stolen' })).toBe('UNAUTHENTICATED');
    expect(await connect(path, { token: ['good'] })).toBe('UNAUTHENTICATED');
    expect(await connect(path, { token: 'broken' })).toBe('UNAVAILABLE');
    expect(await connect(path, { token: 'good' })).toBe('connected');
  });

  it('refuses pages of other origins', async () => {
    expect(await connect('/live', { token: 'good' }, 'http://evil.example')).not.toBe('connected');
    expect(await connect('/live', { token: 'good' }, base)).toBe('connected');
  });

  it('gives an event the principal of its socket', async () => {
    await connect('/live', { token: 'good' });
    const client = clients.at(-1);
    const answer = new Promise((resolve) => client?.on('you', resolve));
    client?.emit('who');
    expect(await answer).toEqual({ person: 'p-1' });
  });
});

describe('a request that asks for a protocol that is not spoken here', () => {
  /** Everything that comes back until the server ends the connection; the parts are sent one after the other. */
  function answered(...parts: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = dial({ port: Number(new URL(base).port), host: '127.0.0.1' }, () => {
        const next = (at: number): void => { socket.write(parts[at] ?? '', () => { if (at + 1 < parts.length) setImmediate(next, at + 1); }); };
        next(0);
      });
      socket.on('data', (data) => { text += data.toString(); });
      socket.on('end', () => { resolve(text); });
      socket.on('error', reject);
    });
  }
  const asks = (first: string, upgrade: string, length: number): string =>
    `${first} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  const body = JSON.stringify({ text: '水'.repeat(9_000) });

  it.each([['in one piece', [asks('POST /api/echo', 'h2c', Buffer.byteLength(body)) + body]], ['its body later', [asks('POST /api/echo', 'h2c', Buffer.byteLength(body)), body.slice(0, 99), body.slice(99)]]])(
    'is answered in HTTP/1.1 with its body, as Java sends it: %s', async (_name, parts) => {
      const answer = await answered(...parts);
      expect(answer).toMatch(/^HTTP\/1\.1 201 /);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual({ said: JSON.parse(body) });
    });

  it('is answered also where it asks for a WebSocket at a place that has none', async () => {
    expect(await answered(asks('GET /api/echo', 'websocket', 0))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await answered(asks('GET /api/nothing', 'websocket', 0))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('hides no second request behind itself', async () => {
    const second = 'GET /api/echo HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n';
    expect((await answered(asks('GET /api/echo', 'h2c', 0) + second)).match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it('leaves the live feed as it was', async () => {
    expect(await connect('/live', { token: 'good' })).toBe('connected');
  });
});
