import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listStopFiles, readStopFile, writeStopFile } from '../../../apps/platform/src/internal/stop-file';
import { stopIdSchema } from '../../../libs/contracts';
import { until } from '../../support/until';
import { Bench } from './support/bench';
import { envelope, exchange, order } from './support/samples';

const HOUR = 3_600_000;

describe('stops at the gateway', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('writes a stop to everybody connected, with the platform dead', async () => {
    const [a, b] = [await bench.online('a', await bench.device('a')), await bench.online('b', await bench.device('b'))];
    await bench.platform.stop();
    const stop = envelope('stop', 'one');
    const { status, body } = await bench.control('/stop', { stop, notAfter: Date.now() + HOUR });
    expect({ status, body }).toEqual({ status: 200, body: { written: 2, at: expect.any(Number) } });
    expect((await a.frame('stop')).stop).toEqual(stop);
    expect((await b.frame('stop')).stop).toEqual(stop);
  });

  it('writes it to everybody but counts only who stands in its area, also from the copy on disk: nobody else will obey', async () => {
    bench.platform.stands.set('a', ['v1', 't1']).set('b', ['v2', 't1']).set('c', []);
    const keys = new Map<string, Awaited<ReturnType<Bench['device']>>>();
    for (const name of ['a', 'b', 'c']) keys.set(name, await bench.device(name));
    for (const [name, key] of keys) await bench.online(name, key);
    const written = async (area: string): Promise<unknown> => (await bench.control('/stop', { stop: envelope('stop', JSON.stringify({ area })), notAfter: Date.now() + HOUR })).body;
    expect([await written('v1'), await written('t1'), await written('cs')]).toEqual([1, 2, 0].map((count) => expect.objectContaining({ written: count }) as unknown));
    await bench.stopGateway();
    await bench.platform.stop();
    await bench.startGateway();
    for (const [name, key] of keys) await bench.online(name, key);
    expect(await written('v2')).toMatchObject({ written: 1 });
  });

  it('tells every stop in force to a newcomer right after welcome, before any order', async () => {
    const key = await bench.device('late');
    bench.platform.answerExchange = () => ({ kind: 'exchange', beacon: null, documents: [], stops: [], isolates: [], orders: [order('o') as never] });
    await bench.control('/stop', { stop: envelope('stop', 'one'), notAfter: Date.now() + HOUR });
    await bench.control('/stop', { stop: envelope('stop', 'two'), notAfter: Date.now() + HOUR });
    const late = await bench.online('late', key);
    late.send(exchange());
    await late.frame('exchange');
    expect(late.kinds).toEqual(['challenge', 'welcome', 'stop', 'stop', 'exchange']);
  });

  it('tells a stop given twice once to a newcomer and an expired one never', async () => {
    const key = await bench.device('late');
    const stop = envelope('stop', 'one');
    await bench.control('/stop', { stop, notAfter: Date.now() + HOUR });
    await bench.control('/stop', { stop, notAfter: Date.now() + HOUR });
    await bench.control('/stop', { stop: envelope('stop', 'old'), notAfter: Date.now() - 1 });
    const late = await bench.online('late', key);
    late.send({ kind: 'time', t1: 1 });
    await late.frame('time');
    expect(late.received.filter(({ frame }) => frame.kind === 'stop').map(({ frame }) => frame)).toEqual([{ kind: 'stop', stop }]);
  });

  it('reads stop files at start and finds new ones while it runs, with the platform dead; a broken file hides no other', async () => {
    const key = await bench.device('t');
    await bench.online('t', key);
    await bench.stopGateway();
    await bench.platform.stop();
    const folder = path.join(bench.dataDir, 'stops');
    await mkdir(folder);
    const file = (name: string, text: string, notAfter = Date.now() + HOUR) =>
      writeFile(path.join(folder, name), JSON.stringify({ stop: envelope('stop', text), notAfter, receivedAt: Date.now(), by: 'duty' }));
    await writeFile(path.join(folder, 'broken.json'), '{');
    await file('a.json', 'from a file');
    await file('b.json', 'long ago', 1);
    await bench.startGateway();
    const terminal = await bench.online('t', key);
    expect((await terminal.frame('stop')).stop).toEqual(envelope('stop', 'from a file'));
    await file('c.json', 'while it runs');
    expect((await terminal.frame('stop')).stop).toEqual(envelope('stop', 'while it runs'));
    expect(terminal.kinds).toEqual(['challenge', 'welcome', 'stop', 'stop']);
  });

  it('keeps a stop from the socket on the disk, in the form that the platform imports: a restart loses none', async () => {
    const key = await bench.device('late');
    const id = stopIdSchema.parse('01890000-0000-7000-8000-000000000001');
    const [named, nameless, expired] = [envelope('stop', JSON.stringify({ stopId: id })), envelope('stop', '{"stopId":"../../run/x"}'), envelope('stop', 'old')];
    const notAfter = Date.now() + HOUR;
    for (const stop of [named, named, nameless]) expect(await bench.control('/stop', { stop, notAfter })).toMatchObject({ status: 200, body: { written: 0 } });
    await bench.control('/stop', { stop: expired, notAfter: Date.now() - 1 });
    expect(await readdir(path.join(bench.dataDir, 'stops'))).toEqual([`${id}.json`, expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
    expect(await listStopFiles(bench.dataDir)).toEqual([id]);
    expect(await readStopFile(bench.dataDir, id)).toEqual({ stop: named, notAfter, receivedAt: expect.any(Number), by: 'gateway' });
    await bench.stopGateway();
    await bench.startGateway();
    const late = await bench.online('late', key);
    expect([(await late.frame('stop')).stop, (await late.frame('stop')).stop]).toEqual([named, nameless]);
  });

  it('leaves the file that the STOP listener wrote as it is, and refuses what no file may hold', async () => {
    const id = stopIdSchema.parse('01890000-0000-7000-8000-000000000002');
    const stop = envelope('stop', JSON.stringify({ stopId: id }));
    const content = { stop, notAfter: Date.now() + HOUR, receivedAt: 7, by: 'duty' };
    await writeStopFile(bench.dataDir, id, content);
    await bench.control('/stop', { stop, notAfter: content.notAfter });
    expect(await readStopFile(bench.dataDir, id)).toEqual(content);
    expect(await bench.control('/stop', { stop: envelope('stop', 'x'.repeat(200_000)), notAfter: content.notAfter })).toMatchObject({ status: 422 });
    expect(await listStopFiles(bench.dataDir)).toEqual([id]);
  });

  it('refuses a stop outside the contract and anything but its routes', async () => {
    expect(await bench.control('/stop', { stop: {}, notAfter: 1 })).toMatchObject({ status: 422, body: { code: 'INVALID' } });
    expect(await bench.control('/stop', '{"stop":')).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON' } });
    expect(await bench.control('/nothing', {})).toMatchObject({ status: 404 });
    expect(await bench.control('/stop')).toMatchObject({ status: 405 });
    expect(await bench.control('/push', `"${'x'.repeat(1_100_000)}"`)).toMatchObject({ status: 413 });
  });

  it('closes every socket with 1001 when it goes, and tells the platform that nobody is left', async () => {
    const terminals = [await bench.online('a', await bench.device('a')), await bench.online('b', await bench.device('b'))];
    const guest = bench.connect();
    await guest.frame('challenge');
    await until(() => bench.platform.online().size === 2);
    await bench.stopGateway();
    expect(await Promise.all([...terminals, guest].map((terminal) => terminal.closed()))).toEqual([1001, 1001, 1001]);
    await until(() => bench.platform.online().size === 0);
  });
});
