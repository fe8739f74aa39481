import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64 } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, sealKeyFile, type GeneratedKey } from '#libs/suites';
import { openSigner } from '../../../../apps/cli/src';
import { clarion, FakePlatform, sessionOf } from './fake-platform';
import { temporaryConfig } from './temp-demo';

const temporary = temporaryConfig();
const folder = mkdtempSync(join(tmpdir(), 'clarion-secret-files-'));
const at = (name: string): string => join(folder, name);
let key: GeneratedKey;

beforeAll(async () => {
  key = await generateKey('ed25519');
  writeFileSync(at('key.json'), JSON.stringify(await sealKeyFile(key.pkcs8, key.key, await deriveKeyFileKey('correct horse', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  writeFileSync(at('passphrase'), 'correct horse\n', { mode: 0o600 });
});
afterEach(() => { for (const name of ['key.json', 'passphrase']) chmodSync(at(name), 0o600); });
afterAll(() => {
  temporary.remove();
  rmSync(folder, { recursive: true, force: true });
});
const open = (passphrase = at('passphrase')) => openSigner(temporary.config, at('key.json'), passphrase);

describe('a file that only its owner may read', () => {
  it.each(['644', '640', '604', '620', '602', '777'])('is asked for: the passphrase and the sealed key are refused with mode %s', async (mode) => {
    for (const name of ['passphrase', 'key.json']) {
      chmodSync(at(name), Number.parseInt(mode, 8));
      await expect(open()).rejects.toMatchObject({ code: 'FILE_EXPOSED', exit: 2, message: expect.stringContaining(`${at(name)} has mode ${mode}:`) as string });
      chmodSync(at(name), 0o600);
    }
  });

  it.each(['600', '400', '700'])('is what the owner alone gets at: mode %s', async (mode) => {
    for (const name of ['passphrase', 'key.json']) chmodSync(at(name), Number.parseInt(mode, 8));
    expect((await open()).key).toEqual(key.key);
  });

  it('may be a pipe, as a password manager gives it', async () => {
    execFileSync('mkfifo', ['-m', '644', at('pipe')]);
    const manager = spawn('sh', ['-c', 'cat "$0" > "$1"', at('passphrase'), at('pipe')], { stdio: 'ignore' });
    expect((await open(at('pipe'))).key).toEqual(key.key);
    if (manager.exitCode === null) await new Promise((resolve) => { manager.on('exit', resolve); });
  });

  it('is asked for of a service\'s token, not of the file that names the service and holds no secret', async () => {
    writeFileSync(at('signer.json'), JSON.stringify({ format: 'clarion-signer.v1', key: key.key, service: { socket: at('none.sock'), tokenFile: 'bearer' } }), { mode: 0o644 });
    writeFileSync(at('bearer'), toBase64(new Uint8Array(9)), { mode: 0o600 });
    expect((await openSigner(temporary.config, at('signer.json'))).key).toEqual(key.key);
    chmodSync(at('bearer'), 0o644);
    await expect(openSigner(temporary.config, at('signer.json'))).rejects.toMatchObject({ code: 'FILE_EXPOSED' });
  });

  it('is asked for where a new key is made and where a password is given', async () => {
    chmodSync(at('passphrase'), 0o644);
    const offline = { CLARION_SESSION: at('none'), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none'), CLARION_URL: 'http://127.0.0.1:9' };
    for (const words of [['key', 'make', '--out', at('new.key.json'), '--passphrase-file', at('passphrase')], ['sign-in', '--account', 'x', '--password-file', at('passphrase')]]) {
      expect(await clarion(words, offline)).toMatchObject({ code: 2, err: expect.stringMatching(/^FILE_EXPOSED: /) as string });
    }
  });

  it('keeps no stop waiting: it goes out, and the mode is told', async () => {
    const platform = await FakePlatform.start();
    try {
      platform.on('POST /stop', ({ body }: { readonly body: Buffer }) => ({
        json: { stopId: '0197a3b0-0009-7000-8000-000000000009', issuedAt: 1, written: 3, kept: true, at: Date.now(), stop: (JSON.parse(body.toString('utf8')) as { stop: unknown }).stop },
      }));
      writeFileSync(at('session.json'), JSON.stringify(sessionOf('district-yjj-stopper', 'jingkai')), { mode: 0o600 });
      chmodSync(at('passphrase'), 0o644);
      const words = ['stop', '--area', 'jingkai', '--key', at('key.json'), '--passphrase-file', at('passphrase'), '--platform', 'jingkai'];
      const { code, out } = await clarion(words, { CLARION_URL: platform.url, CLARION_STOP_URL: platform.url, CLARION_SESSION: at('session.json'), CLARION_DATA: folder });
      expect([code, platform.posted('/stop')]).toEqual([0, expect.arrayContaining([expect.anything()]) as unknown]);
      expect(out).toContain(`FILE_EXPOSED: ${at('passphrase')} has mode 644`);
    } finally {
      await platform.stop();
    }
  });
});
