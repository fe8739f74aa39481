import { createRequire } from 'node:module';
import { onAirSchema, type OnAir } from '#libs/contracts';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { useMessageFlow } from '../../../../support/message-flow';
import { until } from '../../../../support/until';

const { io } = createRequire(__filename)('socket.io-client') as typeof import('socket.io-client');
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

const onAir = async (account: string): Promise<OnAir> => onAirSchema.parse((await (await flow.as(account)).get('/api/on-air')).body);
const area = (picture: OnAir, id: string) => picture.areas.find((row) => row.id === id);

describe('what is on air', () => {
  it('is told by area from signed receipts, and nobody sees beyond the own scope', async () => {
    const { id, dispatch } = await flow.onAir('t1');
    expect(area(await onAir('t1-author'), 'v1-area')).toMatchObject({ total: 1, online: 1, sounding: 0 });
    const story = await flow.story('v1-term-1', dispatch);
    await flow.send([{ terminal: 'v1-term-1', envelopes: story.slice(0, 2) }]);
    const township = await onAir('t1-author');
    expect(township.terminals).toEqual({ total: 3, online: 3, sounding: 1 });
    expect([area(township, 'v1-area')?.sounding, area(township, 't1-area')?.sounding, area(township, 'v2-area')?.sounding]).toEqual([1, 1, 0]);
    expect(township.messages.find((row) => row.id === id)).toMatchObject({ state: 'dispatched', startAt: dispatch.startAt, areas: ['t1-area'], tally: { audible: 1 } });
    const other = await onAir('t2-author');
    expect([other.messages, other.terminals.total, other.areas.map((row) => row.id)]).toEqual([[], 2, ['t2-area', 'v3-area']]);
    expect((await onAir('d-author')).terminals).toEqual({ total: 5, online: 5, sounding: 1 });
  });

  it('counts no loudspeaker as sounding that reported itself pre-empted, until it goes on', async () => {
    const { id, dispatch } = await flow.onAir('v2', { repeats: 2 });
    const before = (await onAir('d-author')).terminals.sounding;
    const told = async (...set: readonly Parameters<typeof flow.receipt>[2][]) => {
      const envelopes = [];
      for (const one of set) envelopes.push(await flow.receipt('v2-term-1', dispatch, one));
      await flow.send([{ terminal: 'v2-term-1', envelopes }]);
      const picture = await onAir('d-author');
      return [picture.terminals.sounding - before, area(picture, 'v2-area')?.sounding, picture.messages.find((row) => row.id === id)?.tally];
    };
    const startedAt = dispatch.startAt;
    expect(await told({ state: 'acked', repetition: 0 }, { state: 'audible', repetition: 1, startedAt })).toMatchObject([1, 1, { audible: 1, acked: 0 }]);
    expect(await told({ state: 'failed', repetition: 1, reason: 'PREEMPTED' })).toMatchObject([0, 0, { targeted: 1, audible: 0, acked: 1, reasons: {} }]);
    expect(await told({ state: 'audible', repetition: 1, startedAt: startedAt + 9_000 })).toMatchObject([1, 1, { audible: 1, acked: 0 }]);
  });

  it('comes over the live feed when something changed, each listener in the own scope, and to nobody without a session', async () => {
    const connect = async (account: string) => io(`${server.base}/live`, { transports: ['websocket'], auth: { token: (await flow.as(account)).token }, reconnection: false });
    const [mine, foreign] = [await connect('t1-author'), await connect('t2-author')];
    const nobody = io(`${server.base}/live`, { transports: ['websocket'], auth: { token: 'x' }, reconnection: false });
    try {
      const refusal = new Promise<string>((resolve) => nobody.on('connect_error', (error) => resolve(error.message)));
      const pictures: OnAir[] = [];
      const foreignPictures: OnAir[] = [];
      mine.on('on-air', (picture) => pictures.push(onAirSchema.parse(picture)));
      foreign.on('on-air', (picture) => foreignPictures.push(onAirSchema.parse(picture)));
      await until(() => pictures.length > 0 && foreignPictures.length > 0);
      const made = await flow.submit('t1', { title: '第二条' });
      await until(() => pictures.some(({ messages }) => messages.some((row) => row.id === made.id)));
      expect(foreignPictures.every(({ messages }) => messages.length === 0)).toBe(true);
      expect(await refusal).toBe('UNAUTHENTICATED');
    } finally {
      for (const socket of [mine, foreign, nobody]) socket.disconnect();
    }
  });

  it('ends with its session: who signs out is disconnected and hears nothing more', async () => {
    const leaving = await server.signIn('t1-approver-a');
    const socket = io(`${server.base}/live`, { transports: ['websocket'], auth: { token: leaving.token }, reconnection: false });
    try {
      await new Promise<void>((resolve) => socket.once('on-air', () => resolve()));
      const over = new Promise<string>((resolve) => socket.on('disconnect', resolve));
      expect((await leaving.delete('/api/session')).status).toBeLessThan(300);
      server.clock.advance(2_500);
      let after = 0;
      socket.on('on-air', () => { after += 1; });
      expect(await over).toBe('io server disconnect');
      expect(after).toBeLessThanOrEqual(1);
    } finally {
      socket.disconnect();
    }
  });

  it('serves the page with its own strict policy, and its files', async () => {
    const page = await fetch(`${server.base}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';.*:8447/);
    for (const file of ['/app.js', '/words.js', '/picture.js', '/enrol.js', '/style.css', '/icon.svg', '/live-client.js']) expect((await fetch(`${server.base}${file}`)).status).toBe(200);
    expect((await fetch(`${server.base}/index.ts`)).status).toBe(404);
    const again = await fetch(`${server.base}/app.js`, { headers: { 'if-none-match': (await fetch(`${server.base}/app.js`)).headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  it('is described with every other route in the OpenAPI document, each with who may call it', async () => {
    const { paths } = await (await fetch(`${server.base}/api/openapi.json`)).json() as { paths: Record<string, Record<string, { description: string; requestBody?: unknown }>> };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining([
      '/api/events', '/api/media', '/api/media/{sha256}', '/api/messages', '/api/messages/draft', '/api/messages/{id}', '/api/messages/{id}/approvals',
      '/api/messages/{id}/deliveries', '/api/messages/{id}/dispatch', '/api/messages/{id}/receipts', '/api/messages/{id}/withdraw', '/api/on-air', '/api/receipts', '/api/sounds',
    ]));
    const silent = Object.entries(paths).flatMap(([at, methods]) => Object.entries(methods).filter(([, { description }]) => !/Permission: |Public: /.test(description)).map(([method]) => `${method} ${at}`));
    expect(silent).toEqual([]);
    expect(paths['/api/messages']?.['post']?.description).toContain('REJ_KEY_REVOKED');
  });
});
