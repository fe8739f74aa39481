import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_SOCKET, STOP_FACTS_FILE, stopSchema, type Stop, type StopFacts } from '#libs/contracts';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile } from '#libs/suites';
import { freePort } from '../../../support/ports';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-stop-cli-'));
const file = (name: string): string => join(folder, name);
const signed = ['stop', '--key', file('key.json'), '--passphrase-file', file('passphrase'), '--platform', 'jingkai'];
let platform: FakePlatform;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  platform = await FakePlatform.start();
  const key = await generateKey('ed25519');
  writeFileSync(file('key.json'), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('correct horse', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  writeFileSync(file('passphrase'), 'correct horse\n', { mode: 0o600 });
  mkdirSync(file('run'));
  writeFileSync(file(STOP_FACTS_FILE), JSON.stringify({ areas: [{ id: 'jingkai', parent: null }], platforms: [{ id: 'jingkai', tier: 'district', areas: ['jingkai'], stoppers: [] }] }));
  writeFileSync(file('session.json'), JSON.stringify(sessionOf('district-yjj-stopper', 'jingkai')));
  environment = { CLARION_URL: platform.url, CLARION_STOP_URL: platform.url, CLARION_SESSION: file('session.json'), CLARION_DATA: folder };
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true });
});

/** Takes connections and never answers. */
async function deafServer(at: number | string): Promise<Server> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => { typeof at === 'number' ? server.listen(at, '127.0.0.1', resolve) : server.listen(at, resolve); });
  return server;
}

describe('stop', () => {
  it('gives up after three seconds without an answer, and names the other way', async () => {
    const port = await freePort();
    const deaf = [await deafServer(port), await deafServer(file(GATEWAY_SOCKET))];
    const hanging = { ...environment, CLARION_STOP_URL: `http://127.0.0.1:${port}` };
    const answers = await Promise.all([['stop'], signed, [...signed, '--via', 'gateway']].map((words) => clarion(words, hanging)));
    deaf.forEach((server) => { server.close(); server.closeAllConnections(); });
    expect(answers.map(({ code }) => code)).toEqual([5, 5, 5]);
    expect(answers.map(({ err }) => /other way.*(with a stopper's own key|with --via gateway|without --via gateway)/.exec(err)?.[1]))
      .toEqual(['with a stopper\'s own key', 'with --via gateway', 'without --via gateway']);
  });

  describe('from a machine whose clock is wrong', () => {
    const dates = (): readonly number[] => platform.posted('/stop').map((body) => stopSchema.parse(JSON.parse(Buffer.from((body as { stop: { payload: string } }).stop.payload, 'base64').toString())).issuedAt);
    const listenerAheadBy = (aheadMs: number): void => {
      platform.forget();
      platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
        json: { stopId: '0197a3b0-0009-7000-8000-000000000009', issuedAt: 1, written: 3, kept: true, at: Date.now() + aheadMs, stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
      }));
    };

    it('is signed once more by the time of the server, so that it reaches what was issued in those minutes, and says so', async () => {
      listenerAheadBy(300_000);
      const { code, out } = await clarion(signed, environment);
      const [first = 0, second = 0] = dates();
      expect(second - first).toBeGreaterThanOrEqual(299_000);
      expect(second).toBeLessThanOrEqual(Date.now() + 300_000);
      expect(code).toBe(0);
      expect(out).toMatch(/clock.*300 s behind/);
    });

    it('of named messages needs no date: it is sent once, and the clock is told of', async () => {
      listenerAheadBy(300_000);
      const { out } = await clarion([...signed, '--message', '11'.repeat(32)], environment);
      expect(dates()).toHaveLength(1);
      expect(out).toMatch(/clock.*300 s behind/);
    });

    it('is not dated by a server that is a year ahead: partial, and loud', async () => {
      listenerAheadBy(365 * 86_400_000);
      const { code, out } = await clarion(signed, environment);
      expect(dates()).toHaveLength(1);
      expect(code).toBe(3);
      expect(out).toMatch(/!!!.*clock/);
    });

    it('says nothing of a clock that agrees, and that it runs ahead where it does', async () => {
      listenerAheadBy(0);
      expect((await clarion(signed, environment)).out).not.toMatch(/clock/);
      listenerAheadBy(-60_000);
      expect((await clarion(signed, environment)).out).toMatch(/clock.*60 s ahead/);
      expect(dates()).toHaveLength(1);
    });
  });

  describe('of a platform that is called otherwise than its areas', () => {
    let gateway: Server;
    const told: Stop[] = [];
    const cs = [...signed.slice(0, -1), 'cs'];
    const facts = {
      areas: [{ id: 'linkong', parent: null }, { id: 'changshui', parent: 'linkong' }, { id: 'changshui-01', parent: 'changshui' }, { id: 'dabanqiao', parent: 'linkong' }],
      platforms: [{ id: 'cs', tier: 'township', areas: ['changshui', 'changshui-01', 'dabanqiao'], stoppers: [] }],
    };
    const data = file('elsewhere');
    const there = (): Readonly<Record<string, string>> => ({ ...environment, CLARION_DATA: data });
    const areas = (): readonly string[] => told.map(({ area }) => area).sort();

    beforeAll(async () => {
      mkdirSync(join(data, 'run'), { recursive: true });
      gateway = createServer((request, response) => {
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          const { stop } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { stop: { payload: string } };
          told.push(stopSchema.parse(JSON.parse(Buffer.from(stop.payload, 'base64').toString('utf8'))));
          response.end(JSON.stringify({ written: 3, at: Date.now() }));
        });
      });
      await new Promise<void>((resolve) => { gateway.listen(join(data, GATEWAY_SOCKET), resolve); });
    });
    beforeEach(() => {
      told.length = 0;
      platform.forget();
      writeFileSync(join(data, STOP_FACTS_FILE), JSON.stringify(facts as unknown as StopFacts));
    });
    afterAll(() => { gateway.close(); });

    it('is signed for each of its areas that lies in no other, by what this machine keeps while all else is dead', async () => {
      const { code, out } = await clarion([...cs, '--via', 'gateway'], there());
      expect([code, areas()]).toEqual([0, ['changshui', 'dabanqiao']]);
      expect(told.every((stop) => stop.platform === 'cs')).toBe(true);
      expect(out).toMatch(/changshui/);
    });

    it('names every one of them in the answer for programs', async () => {
      const { out } = await clarion([...cs, '--via', 'gateway', '--json'], there());
      expect((JSON.parse(out) as { stops: { area: string }[] }).stops.map(({ area }) => area)).toEqual(['changshui', 'dabanqiao']);
    });

    it('is refused, not guessed, where nobody here knows its areas', async () => {
      rmSync(join(data, STOP_FACTS_FILE));
      const { code, err } = await clarion([...cs, '--via', 'gateway'], there());
      expect([code, told]).toEqual([2, []]);
      expect(err).toMatch(/AREA_NEEDED.*--area/);
    });

    it('asks the server, for who is signed in and far from it', async () => {
      rmSync(join(data, STOP_FACTS_FILE));
      const row = { name: '长水', codes: [], tier: 'township', terminals: 3, online: 3 };
      platform.on('GET /api/areas', [{ ...row, id: 'changshui', parent: 'linkong', platform: 'cs' }, { ...row, id: 'linkong', parent: null, platform: 'lk' }]);
      expect((await clarion([...cs, '--via', 'gateway'], there())).code).toBe(0);
      expect(areas()).toEqual(['changshui']);
    });

    it('refuses an area that is not the platform\'s: no terminal would obey', async () => {
      const { code, err } = await clarion([...cs, '--area', 'linkong', '--via', 'gateway'], there());
      expect([code, told]).toEqual([4, []]);
      expect(err).toMatch(/AREA_FOREIGN.*changshui/);
      expect((await clarion([...cs, '--area', 'changshui-01', '--via', 'gateway'], there())).code).toBe(0);
      expect(areas()).toEqual(['changshui-01']);
    });
  });

  describe('of a village, while the district speaks', () => {
    const village = (): Readonly<Record<string, string>> => ({ ...environment, CLARION_SESSION: file('village.json') });
    const row = (platformId: string, audible: number): unknown => ({
      id: '0197a3b0-0009-7000-8000-000000000001', messageDigest: '11'.repeat(32), platform: platformId, class: 'notice', severity: 'yellow', mode: 'actual', title: '暴雨', state: 'dispatched',
      tally: { targeted: 4, queued: 0, sent: 0, acked: 0, audible, done: 0, failed: 0, reasons: {} }, startAt: 1, endsAt: 2, areas: ['v1'],
    });
    const air = (sounding: number, messages: readonly unknown[] = []): void => {
      platform.on('GET /api/on-air', { at: 1, terminals: { total: 4, online: 4, sounding }, messages, areas: [{ id: 'v1', total: 4, online: 4, sounding }] });
    };
    beforeEach(() => {
      platform.forget();
      writeFileSync(file('village.json'), JSON.stringify(sessionOf('v1-duty', 'v1')));
      platform.on('GET /api/areas', [{ id: 'v1', parent: 't1', name: '一村', codes: ['360199101202'], platform: 'v1', tier: 'village', terminals: 4, online: 4 }]);
      const view = { charterVersion: 1, rosterVersion: 1, expiresAt: 9, name: '村' };
      platform.on('GET /api/platforms', [{ ...view, id: 'v1', parent: 't1', tier: 'village' }, { ...view, id: 'd', parent: null, tier: 'district' }]);
      platform.on('POST /stop', { stopId: '0197a3b0-0009-7000-8000-000000000009', issuedAt: 1, written: 4, kept: true, stop: { payloadType: 'application/vnd.clarion.stop.v1+json', payload: 'e30=', signatures: [{ keyid: 'aa'.repeat(32), sig: 'AAAA' }] } });
    });

    afterAll(() => { platform.forget(); });

    it('is partial and says what goes on, and who can stop it', async () => {
      air(4);
      const { code, out } = await clarion(['stop'], village());
      expect(out).toMatch(/!!! a message from above.*goes on on 4 terminals.*stopper of t1 or above/);
      expect(code).toBe(3);
    });

    it('names the message where it may be seen', async () => {
      air(4, [row('d', 4)]);
      const { code, out } = await clarion(['stop'], village());
      expect([code, /暴雨 of d goes on on 4 terminals/.test(out)]).toEqual([3, true]);
    });

    it('is done where nothing from above sounds, also while the last receipts come in', async () => {
      let asked = 0;
      platform.on('GET /api/on-air', () => {
        asked += 1;
        return { json: { at: 1, terminals: { total: 4, online: 4, sounding: asked > 1 ? 0 : 2 }, messages: [row('v1', 0)], areas: [] } };
      });
      const { code, out } = await clarion(['stop'], village());
      expect([code, out.includes('from above')]).toEqual([0, false]);
    });

    it('is foretold by a dry run, and on-air says whose those horns are', async () => {
      air(4);
      expect((await clarion(['stop', '--dry-run'], village())).out).toMatch(/nothing that you could stop[^]*would go on on 4 terminals/);
      expect((await clarion(['on-air'], village())).out).toMatch(/4 of the sounding terminals say a message from above/);
    });

    it('names what waits and would be silent there, which is nothing that is on air', async () => {
      air(0, [{ ...row('v1', 0) as object, state: 'submitted', startAt: null, endsAt: null }]);
      expect((await clarion(['stop', '--dry-run'], village())).out).toMatch(/waits and would be silent there: 暴雨.*submitted/);
      expect((await clarion(['on-air'], village())).out).not.toMatch(/暴雨/);
    });

    it('takes an area by its code, in a dry run and in deed, and says which code nobody knows', async () => {
      air(0);
      let asked: unknown;
      platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => {
        asked = JSON.parse(body.toString());
        return { json: { stopId: '0197a3b0-0009-7000-8000-000000000009', issuedAt: 1, written: 4, kept: true, stop: { payloadType: 'application/vnd.clarion.stop.v1+json', payload: 'e30=', signatures: [{ keyid: 'aa'.repeat(32), sig: 'AAAA' }] } } };
      });
      expect((await clarion(['stop', '--area', '360199101202', '--dry-run'], village())).out).toMatch(/everything in v1/);
      expect((await clarion(['stop', '--area', '360199101202'], village())).code).toBe(0);
      expect(asked).toEqual({ area: 'v1' });
      expect((await clarion(['stop', '--area', '360199101299'], village())).err).toMatch(/AREA_UNKNOWN/);
    });
  });

  it('is partial, and says so, when the server could not keep it', async () => {
    platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
      json: { stopId: '0197a3b0-0009-7000-8000-000000000009', issuedAt: 1, written: 3, kept: false, stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
    }));
    expect(await clarion(signed, environment)).toMatchObject({ code: 3, out: expect.stringMatching(/not on the server's disk[^]*sent to 3 terminals/) as string });
  });
});
