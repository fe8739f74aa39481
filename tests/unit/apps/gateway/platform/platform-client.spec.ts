import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { platformRoutes } from '#libs/contracts';
import { PlatformClient } from '../../../../../apps/gateway/src/platform/platform-client';
import { LogRecord } from '../fakes';

describe('the client of platform.sock', () => {
  let folder: string;
  let server: Server | undefined;
  let client: PlatformClient;
  let backs: number;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gw-pc-'));
    client = new PlatformClient(path.join(folder, 'p.sock'), new LogRecord(), 300);
    backs = 0;
    client.onBack(() => {
      backs += 1;
    });
  });
  afterEach(async () => {
    client.close();
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  const start = (answer: (response: ServerResponse) => void) => new Promise<void>((resolve) => {
    server = createServer((request, response) => {
      request.resume();
      answer(response);
    }).listen(path.join(folder, 'p.sock'), resolve);
  });
  const stop = () => new Promise<void>((resolve) => {
    server?.closeAllConnections();
    if (server === undefined) resolve();
    else server.close(() => resolve());
    server = undefined;
  });
  const ask = () => client.call(platformRoutes.directory, { revision: '' });
  const good = (response: ServerResponse) => void response.end('{"revision":"1","devices":null}');

  it('says away when nobody listens, and once back when somebody does', async () => {
    expect(await ask()).toEqual({ ok: false, why: 'away', status: null });
    await start(good);
    expect(await ask()).toEqual({ ok: true, value: { revision: '1', devices: null } });
    await ask();
    expect(backs).toBe(1);
    await stop();
    await ask();
    expect(client.isUp).toBe(false);
    await start(good);
    await ask();
    expect(backs).toBe(2);
  });

  it.each([
    [400, 'refused'], [413, 'refused'], [422, 'refused'],
    [404, 'failed'], [409, 'failed'], [500, 'failed'],
    [502, 'away'], [503, 'away'], [504, 'away'],
  ])('reads status %i as %s', async (status, why) => {
    await start((response) => void response.writeHead(status).end('{}'));
    expect(await ask()).toEqual({ ok: false, why, status });
  });

  it.each(['', 'not json', '{"revision":1,"devices":null}', '{"revision":"1","devices":null,"more":1}'])('takes an answer outside the contract as failed: %s', async (body) => {
    await start((response) => void response.end(body));
    expect(await ask()).toEqual({ ok: false, why: 'failed', status: 200 });
  });

  it('gives up on an answer that does not come', async () => {
    await start(() => undefined);
    expect(await ask()).toEqual({ ok: false, why: 'away', status: null });
  });

  it('sends again over a new connection when the kept one was closed meanwhile', async () => {
    await start(good);
    await ask();
    server?.closeAllConnections();
    expect((await ask()).ok).toBe(true);
    expect(backs).toBe(1);
  });

  it('counts a platform that names another instance as come back', async () => {
    let instance = 'one';
    await start((response) => void response.setHeader('x-clarion-instance', instance).end('{"revision":"1","devices":null}'));
    await ask();
    await ask();
    expect(backs).toBe(1);
    instance = 'two';
    await ask();
    expect(backs).toBe(2);
  });
});
