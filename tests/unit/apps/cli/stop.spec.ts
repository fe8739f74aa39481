import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_SOCKET } from '#libs/contracts';
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
  writeFileSync(file('key.json'), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('correct horse', freshKeyFileKdf(2 ** 14)))));
  writeFileSync(file('passphrase'), 'correct horse\n');
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
    mkdirSync(file('run'));
    const port = await freePort();
    const deaf = [await deafServer(port), await deafServer(file(GATEWAY_SOCKET))];
    const hanging = { ...environment, CLARION_STOP_URL: `http://127.0.0.1:${port}` };
    const answers = await Promise.all([['stop'], signed, [...signed, '--via', 'gateway']].map((words) => clarion(words, hanging)));
    deaf.forEach((server) => { server.close(); server.closeAllConnections(); });
    expect(answers.map(({ code }) => code)).toEqual([5, 5, 5]);
    expect(answers.map(({ err }) => /other way.*(with a stopper's own key|with --via gateway|without --via gateway)/.exec(err)?.[1]))
      .toEqual(['with a stopper\'s own key', 'with --via gateway', 'without --via gateway']);
  });

  it('is partial, and says so, when the server could not keep it', async () => {
    platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
      json: { stopId: '0197a3b0-0009-7000-8000-000000000009', issuedAt: 1, written: 3, kept: false, stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
    }));
    expect(await clarion(signed, environment)).toMatchObject({ code: 3, out: expect.stringMatching(/not on the server's disk[^]*sent to 3 terminals/) as string });
  });
});
