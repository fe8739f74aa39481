import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64 } from '#libs/envelope';
import { generateKey, verify, type GeneratedKey } from '#libs/suites';
import { openSigner } from '../../../../apps/cli/src';
import { temporaryConfig } from './temp-demo';

const TOKEN = "const said = require('node:fs').readFileSync(0); const key = { key: Buffer.from(process.argv[2], 'base64'), format: 'der', type: 'pkcs8' }; console.log(require('node:crypto').sign(null, said, require('node:crypto').createPrivateKey(key)).toString('base64'));";
const bytes = new TextEncoder().encode('号角');
const temporary = temporaryConfig();
const folder = mkdtempSync(join(tmpdir(), 'clarion-open-signer-'));
const file = (name: string): string => join(folder, name);
let key: GeneratedKey;

beforeAll(async () => { key = await generateKey('ed25519'); });
afterAll(() => {
  temporary.remove();
  rmSync(folder, { recursive: true, force: true });
});

function named(place: object): Promise<Awaited<ReturnType<typeof openSigner>>> {
  writeFileSync(file('signer.json'), JSON.stringify({ format: 'clarion-signer.v1', key: key.key, ...place }));
  return openSigner(temporary.config, file('signer.json'));
}
const token = (script: string) => {
  writeFileSync(file('token.cjs'), script);
  return named({ command: { run: [process.execPath, file('token.cjs'), toBase64(key.pkcs8)] } });
};

describe('the file that --key names', () => {
  it('may name a token: no passphrase is asked for, and the signature is its key\'s', async () => {
    const signer = await token(TOKEN);
    expect(signer.key).toEqual(key.key);
    expect(verify(key.key, bytes, await signer.sign(bytes))).toBe(true);
  });

  it('may name a service, whose bearer token lies beside the file', async () => {
    writeFileSync(file('bearer'), 'abcd-efgh\n', { mode: 0o600 });
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        void key.signer.sign(bytes).then((sig) => response.writeHead(request.headers.authorization === 'Bearer abcd-efgh' ? 200 : 401).end(JSON.stringify({ sig: toBase64(sig) })));
      });
    });
    await new Promise<void>((resolve) => { server.listen(file('sign.sock'), resolve); });
    try {
      const signer = await named({ service: { socket: file('sign.sock'), tokenFile: 'bearer' } });
      expect(verify(key.key, bytes, await signer.sign(bytes))).toBe(true);
    } finally {
      server.close();
    }
  });

  it.each([['process.exit(1)', 'signer-refused'], ["console.log('AAAA')", 'signer-wrong']])('says with a code why a token did not sign: %s', async (script, code) => {
    const signer = await token(script);
    await expect(signer.sign(bytes)).rejects.toMatchObject({ code: 'SIGNER', message: expect.stringContaining(code) });
  });

  it('is refused when it says nothing clear, or names a token file that is not there', async () => {
    await expect(named({ command: { run: [] } })).rejects.toMatchObject({ code: 'SIGNER', message: expect.stringContaining('signer-shape') });
    await expect(named({ service: { socket: file('sign.sock'), tokenFile: 'nothing' } })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
