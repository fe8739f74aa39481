import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { io, type Socket as Client } from 'socket.io-client';
import { createApp } from '../../../../../apps/platform/src/kernel/http';
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

@Module({ providers: [LiveGateway] })
class TestModule {}

const clients: Client[] = [];
let app: NestExpressApplication;
let base: string;

beforeAll(async () => {
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  app = await createApp(TestModule, { config: { trustedProxies: 0 }, log: silentLog, version: '0' });
  app.useWebSocketAdapter(
    new SocketAdapter(app, {
      origins: [base],
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
