import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { GATEWAY_SOCKET, stopAnswerSchema, type Role, type TokenClaims } from '#libs/contracts';
import { signEnvelope } from '#libs/suites';
import { encodePayload } from '#libs/envelope';
import { verifyStop } from '#libs/trust';
import { signToken, verifyToken } from '../../../../../apps/platform/src/features/access/token';
import { GatewayClient } from '../../../../../apps/platform/src/internal/gateway-client';
import { readStopFacts, writeStopFacts } from '../../../../../apps/platform/src/internal/stop-facts';
import { writeStopFile } from '../../../../../apps/platform/src/internal/stop-file';
import { silentLog } from '../../../../../apps/platform/src/kernel/log';
import { GiveStop } from '../../../../../apps/platform/src/stop/give-stop';
import { createStopServer } from '../../../../../apps/platform/src/stop/stop-server';
import { DrivenClock } from '../../../../support/driven-clock';
import { FakeGateway } from '../../../../support/fake-gateway';
import { freePort } from '../../../../support/ports';
import { areaOf, buildWorld, digestNamed, makeKey, NOW, personOf, platformOf, PLATFORMS, type TestKey, type World } from '../../../../support/trust-builder';

const ORIGIN = 'http://localhost:8080';
let world: World;
let dataDir: string;
let gateway: FakeGateway;
let tokenKey: TestKey;
let server: Server;
let base: string;
const clock = new DrivenClock(NOW);

async function facts(): Promise<void> {
  await writeStopFacts(dataDir, {
    areas: PLATFORMS.map((name) => ({ id: areaOf(`${name}-area`), parent: name === 'd' ? null : areaOf(`${name.startsWith('t') ? 'd' : name === 'v3' ? 't2' : 't1'}-area`) })),
    platforms: PLATFORMS.map((name) => ({
      id: platformOf(name), tier: world.platform(name).tier, areas: [areaOf(`${name}-area`)],
      stoppers: [{ person: personOf(`${name}-stopper`), key: world.key(name, 'stopper').record }],
    })),
  });
}

beforeAll(async () => {
  world = await buildWorld();
  tokenKey = await makeKey();
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-stop-'));
  gateway = new FakeGateway(dataDir);
  gateway.online = new Set(['t1-term-1', 'v1-term-1']);
  await gateway.open();
  await facts();
  server = createStopServer({
    clock, log: silentLog, origins: [ORIGIN],
    checkToken: async (token, now) => verifyToken(token, tokenKey.record, now),
    giveStop: new GiveStop({
      clock, log: silentLog, gateway: new GatewayClient(dataDir, 300), facts: () => readStopFacts(dataDir),
      dispatcherOf: async (platform) => world.platform(platform).dispatcher.signer, keep: (id, content) => writeStopFile(dataDir, id, content),
    }),
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${port}`;
});
// Failures of the test before are out of the window.
beforeEach(() => clock.advance(11_000));
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function tokenOf(platform: string, roles: Role[] = ['duty'], set: Partial<TokenClaims> = {}, by = tokenKey): Promise<string> {
  return signToken({
    typ: 'clarion-access.v1', session: '0190a000-0000-7000-8000-000000000000', account: `${platform}-duty`, person: personOf(`${platform}-stopper`), platform: platformOf(platform),
    tier: 'township', roles, issuedAt: clock.now() - 1_000, expiresAt: clock.now() + 60_000, ...set,
  }, by.signer);
}

async function post(body: unknown, token?: string, headers: Record<string, string> = {}): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }> {
  const response = await fetch(`${base}/stop`, {
    method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}
const files = (): readonly string[] => (existsSync(path.join(dataDir, 'stops')) ? readdirSync(path.join(dataDir, 'stops')).filter((name) => name.endsWith('.json')) : []);
const refused = async (body: unknown, token: string | undefined, headers: Record<string, string> = {}): Promise<readonly unknown[]> => {
  const [before, told] = [files().length, gateway.stops.length];
  const answer = await post(body, token, headers);
  expect([files().length, gateway.stops.length]).toEqual([before, told]);
  return [answer.status, answer.body['code']];
};

describe('POST /stop', () => {
  it('stops everything of the caller\'s platform, with nothing but a token: written to a file, signed, sent', async () => {
    const answer = await post({}, await tokenOf('t1'));
    expect(answer.status).toBe(200);
    const given = stopAnswerSchema.parse(answer.body);
    expect([given.written, given.kept]).toEqual([2, true]);
    expect(verifyStop(world.trust, given.stop)).toMatchObject({ ok: true, value: { stop: { platform: 't1', area: 't1-area', scope: { kind: 'all' } } } });
    expect(JSON.parse(readFileSync(path.join(dataDir, 'stops', `${given.stopId}.json`), 'utf8'))).toMatchObject({ stop: given.stop, by: 't1-duty', receivedAt: clock.now() });
    expect(gateway.stops.at(-1)?.stop).toEqual(given.stop);
  });

  it('stops single messages, and in an area below the platform\'s own', async () => {
    const answer = await post({ area: 'v1-area', messages: [digestNamed('one')] }, await tokenOf('t1', ['stopper']));
    const { stop } = stopAnswerSchema.parse(answer.body);
    expect(verifyStop(world.trust, stop)).toMatchObject({ ok: true, value: { stop: { area: 'v1-area', scope: { kind: 'messages', messages: [digestNamed('one')] } } } });
  });

  it('refuses who may not stop, and who cannot say who he is', async () => {
    expect(await refused({}, await tokenOf('t1', ['author', 'approver', 'officer']))).toEqual([403, 'FORBIDDEN']);
    expect(await refused({}, undefined)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await refused({}, 'nonsense')).toEqual([401, 'TOKEN_SHAPE']);
    expect(await refused({}, await tokenOf('t1', ['duty'], {}, await makeKey()))).toEqual([401, 'TOKEN_SIGNATURE']);
    expect(await refused({}, await tokenOf('t1', ['duty'], { expiresAt: clock.now() - 1 }))).toEqual([401, 'TOKEN_EXPIRED']);
    expect(await refused({}, await tokenOf('t1', ['duty'], { issuedAt: clock.now() + 60_000 }))).toEqual([401, 'TOKEN_NOT_YET']);
  });

  it('refuses an area of another platform, of an upper one, and one nobody declared', async () => {
    for (const area of ['t2-area', 'd-area', 'v3-area', 'atlantis']) expect(await refused({ area }, await tokenOf('t1'))).toEqual([403, 'AREA_FOREIGN']);
  });

  it('refuses what is no request of this form', async () => {
    const token = await tokenOf('t1');
    expect(await refused('{"area":', token)).toEqual([400, 'MALFORMED_JSON']);
    expect(await refused({ area: 'v1-area', everything: true }, token)).toEqual([422, 'INVALID']);
    expect(await refused({ messages: ['x'] }, token)).toEqual([422, 'INVALID']);
    expect(await refused(JSON.stringify({ area: 'x'.repeat(300_000) }), token)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect((await fetch(`${base}/stop`)).status).toBe(405);
    expect((await fetch(`${base}/elsewhere`, { method: 'POST' })).status).toBe(404);
  });

  it('answers the listed page only, also before it asks', async () => {
    const token = await tokenOf('t1');
    expect((await post({}, token, { origin: ORIGIN })).headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(await refused({}, token, { origin: 'http://evil.example' })).toEqual([403, 'ORIGIN_FOREIGN']);
    const preflight = await fetch(`${base}/stop`, { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'authorization, content-type, idempotency-key']);
  });

  it('takes a stop that a stopper signed, without any session, and no other', async () => {
    const bySigner = (key: TestKey, set: object = {}) => world.stop('t1', { by: [key.signer], set: { stopId: clock.uuid() as never, ...set } });
    const stop = await bySigner(world.key('t1', 'stopper'));
    const answer = await post({ stop }, undefined);
    expect([answer.status, answer.body['stop']]).toEqual([200, stop]);
    expect(await refused({ stop: await bySigner(world.key('t1', 'approver-a')) }, undefined)).toEqual([403, 'STOP_SIGNATURE']);
    expect(await refused({ stop: await bySigner(world.key('v1', 'stopper')) }, undefined)).toEqual([403, 'STOP_SIGNATURE']);
    expect(await refused({ stop: await bySigner(world.key('t1', 'stopper'), { area: areaOf('t2-area') }) }, undefined)).toEqual([403, 'AREA_FOREIGN']);
    expect(await refused({ stop: await signEnvelope('message', encodePayload({ a: 1 }), [world.key('t1', 'stopper').signer]) }, undefined)).toEqual([422, 'STOP_FORM']);
  });

  it('refuses another stop under the id of one that is kept, tells nobody of it, and keeps the first', async () => {
    const first = stopAnswerSchema.parse((await post({}, await tokenOf('t1'))).body);
    const other = await world.stop('v1', { by: [world.key('v1', 'stopper').signer], set: { stopId: first.stopId } });
    const told = gateway.stops.length;
    expect(await refused({ stop: other }, undefined)).toEqual([409, 'STOP_ID_TAKEN']);
    expect(gateway.stops).toHaveLength(told);
    expect(JSON.parse(readFileSync(path.join(dataDir, 'stops', `${first.stopId}.json`), 'utf8'))).toMatchObject({ stop: first.stop });
  });

  it('works while the gateway is away: the file waits for it', async () => {
    await gateway.close();
    const answer = await post({}, await tokenOf('v1'));
    expect([answer.status, answer.body['written']]).toEqual([200, 0]);
    expect(files()).toContain(`${String(answer.body['stopId'])}.json`);
    await gateway.open();
  });

  it('limits signed stops like those by token: each stopper has his own measure, and strangers cannot use it up', async () => {
    const scope = { kind: 'messages' as const, messages: [digestNamed('one')] };
    const signed = (name: 't1' | 'v1', key = world.key(name, 'stopper')) => world.stop(name, { by: [key.signer], set: { stopId: clock.uuid() as never, scope } });
    const stop = await signed('t1');
    const forged = await signed('t1', await makeKey());
    for (let tries = 0; tries < 25; tries += 1) await post({ stop: forged });
    const answers: number[] = [];
    for (let tries = 0; tries < 41; tries += 1) answers.push((await post({ stop: await signed('t1') })).status);
    expect([answers.slice(0, 40).every((status) => status === 200), answers[40]]).toEqual([true, 429]);
    // What was refused is not known: it would have to be admitted like any other.
    expect((await post({ stop })).status).toBe(429);
    expect((await post({ stop: await signed('v1') })).status).toBe(200);
  });

  it('refuses nobody a stop of everything: those that come too fast share one, issued after all of them were asked for', async () => {
    const token = await tokenOf('t2');
    for (let tries = 0; tries < 40; tries += 1) expect((await post({ area: 't2-area', messages: [digestNamed('one')] }, token)).status).toBe(200);
    expect(await refused({ messages: [digestNamed('one')] }, token)).toEqual([429, 'TOO_MANY_REQUESTS']);
    const before = files().length;
    const answers = await Promise.all(Array.from({ length: 30 }, () => post({}, token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(files().length - before).toBe(new Set(answers.map(({ body }) => body['stopId'])).size);
    expect(files().length - before).toBeLessThan(4);
    expect(gateway.stops.at(-1)?.stop).toEqual(answers.at(-1)?.body['stop']);
  });

  it('lets no one heap up stops of single messages, and says what helps instead: a stop of everything', async () => {
    const one = { messages: [digestNamed('one')] };
    for (let given = 0; given < 256; given += 40) {
      for (let tries = 0; tries < Math.min(40, 256 - given); tries += 1) await post(one, await tokenOf('v2', ['duty'], { account: 'heaps' }));
      clock.advance(11_000);
    }
    expect(await refused(one, await tokenOf('v2', ['duty'], { account: 'heaps' }))).toEqual([409, 'STOPS_FULL']);
    expect((await post({}, await tokenOf('v2', ['duty'], { account: 'heaps' }))).status).toBe(200);
  });

  it('gives a stop that somebody caught and sends again without using up the stopper who signed it', async () => {
    const signed = () => world.stop('t1', { by: [world.key('t1', 'stopper').signer], set: { stopId: clock.uuid() as never } });
    const caught = await signed();
    const answers: number[] = [];
    for (let tries = 0; tries < 42; tries += 1) answers.push((await post({ stop: caught })).status);
    expect([answers.slice(0, 41).every((status) => status === 200), answers[41]]).toEqual([true, 429]);
    expect((await post({ stop: await signed() })).status).toBe(200);
    const old = await world.stop('t1', { by: [world.key('t1', 'stopper').signer], set: { stopId: clock.uuid() as never, notAfter: clock.now() } });
    expect(await refused({ stop: old }, undefined)).toEqual([422, 'STOP_OVER']);
  });

  it('gives one stop for areas that lie in one another', async () => {
    const nested = { id: platformOf('t1'), tier: 'township' as const, areas: [areaOf('v1-area'), areaOf('t1-area')], stoppers: [] };
    await writeStopFacts(dataDir, { areas: [{ id: areaOf('t1-area'), parent: null }, { id: areaOf('v1-area'), parent: areaOf('t1-area') }], platforms: [nested] });
    const told = gateway.stops.length;
    expect((await post({}, await tokenOf('t1'))).status).toBe(200);
    expect(gateway.stops.slice(told).map(({ stop }) => JSON.parse(Buffer.from(stop.payload, 'base64').toString()).area)).toEqual(['t1-area']);
    await facts();
  });

  it('tells the gateway while the disk hangs, says that the stop is not kept, and fails only when neither takes it', async () => {
    const give = new GiveStop({
      clock, log: silentLog, gateway: new GatewayClient(dataDir, 300), facts: () => readStopFacts(dataDir),
      dispatcherOf: async (platform) => world.platform(platform).dispatcher.signer, keep: () => new Promise(() => undefined), keepMs: 10,
    });
    const stop = () => world.stop('t1', { by: [world.key('t1', 'stopper').signer], set: { stopId: clock.uuid() as never } });
    const told = gateway.stops.length;
    expect(await give.bySignature(await stop())).toMatchObject({ written: 2, kept: false });
    expect(gateway.stops).toHaveLength(told + 1);
    await gateway.close();
    await expect(give.bySignature(await stop())).rejects.toMatchObject({ code: 'STOP_FAILED' });
    await gateway.open();
  });

  it('answers while the gateway hangs: after its time, once for all areas, with the file kept', async () => {
    await gateway.close();
    const deaf = createServer(() => undefined);
    const socket = path.join(dataDir, GATEWAY_SOCKET);
    rmSync(socket, { force: true });
    await new Promise<void>((resolve) => deaf.listen(socket, resolve));
    const answer = await post({}, await tokenOf('v1'));
    expect([answer.status, answer.body['written']]).toEqual([200, 0]);
    expect(files()).toContain(`${String(answer.body['stopId'])}.json`);
    deaf.closeAllConnections();
    await new Promise((resolve) => deaf.close(resolve));
    await gateway.open();
  });

  it('works on a full disk: the gateway is told all the same', async () => {
    const folder = path.join(dataDir, 'stops');
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, 'not a folder');
    const told = gateway.stops.length;
    expect(await post({}, await tokenOf('v1'))).toMatchObject({ status: 200, body: { kept: false } });
    expect(gateway.stops).toHaveLength(told + 1);
    await gateway.close();
    expect(await post({}, await tokenOf('v1'))).toMatchObject({ status: 503, body: { code: 'STOP_FAILED' } });
    await gateway.open();
    rmSync(folder);
    mkdirSync(folder);
  });

  it('works before the API server ever ran, for a named area: a platform\'s name stands for no area', async () => {
    rmSync(path.join(dataDir, 'run', 'areas.json'));
    const told = gateway.stops.length;
    expect(await post({}, await tokenOf('v1'))).toMatchObject({ status: 503, body: { code: 'AREA_NEEDED' } });
    expect(gateway.stops).toHaveLength(told);
    expect(stopAnswerSchema.parse((await post({ area: areaOf('v1-area') }, await tokenOf('v1'))).body).written).toBe(2);
    expect(await refused({ stop: await world.stop('t1', { by: [world.key('t1', 'stopper').signer] }) }, undefined)).toEqual([503, 'STOP_NOT_READY']);
    await facts();
  });

  it('slows guessing down, but never whoever has a right to stop', async () => {
    const codes: unknown[] = [];
    for (let tries = 0; tries < 30; tries += 1) codes.push((await post({}, 'guess')).status);
    expect(codes).toContain(429);
    expect((await post({}, await tokenOf('t1'))).status).toBe(200);
    clock.advance(11_000);
    expect((await post({}, 'guess')).status).toBe(401);
  });
});
