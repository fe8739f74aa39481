import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sm2 } from 'sm-crypto-v2';
import { fromBase64, toBase64 } from '#libs/envelope';
import { generateKey, isSignerFile, openSignerFile, verify, type GeneratedKey, type SoftwareAlg } from '#libs/suites';
import { freePort } from '../../../support/ports';

const bytes = new TextEncoder().encode('暴雨红色预警');
const noToken = (): string => { throw new Error('no token was named'); };
const refused = (code: string) => expect.objectContaining({ code });

const place = mkdtempSync(path.join(tmpdir(), 'clarion-signer-'));
afterAll(() => { rmSync(place, { recursive: true, force: true }); });

/** A signing service with one key, which tells what it was asked and answers what the test wants. */
class FakeService {
  readonly asked: { readonly token: string | undefined; readonly body: Readonly<Record<string, string>> }[] = [];
  answer: ((body: Readonly<Record<string, string>>) => Promise<{ readonly status: number; readonly body: string } | 'never'>) | undefined;
  private readonly server: Server;

  constructor(private readonly key: GeneratedKey) {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, string>;
        this.asked.push({ token: request.headers.authorization, body });
        void (this.answer ?? ((asked) => this.sign(asked)))(body).then((answer) => {
          if (answer !== 'never') response.writeHead(answer.status).end(answer.body);
        });
      });
    });
  }

  async sign(body: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: string }> {
    return { status: 200, body: JSON.stringify({ sig: toBase64(await this.key.signer.sign(fromBase64(body['bytes'] ?? '') ?? new Uint8Array())) }) };
  }
  listen(at: string | number): Promise<void> {
    return new Promise((resolve) => { if (typeof at === 'string') this.server.listen(at, resolve); else this.server.listen(at, '127.0.0.1', resolve); });
  }
  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => { this.server.close(() => resolve()); });
  }
}

describe('a signing service', () => {
  let key: GeneratedKey;
  let service: FakeService;
  const socket = path.join(place, 'sign.sock');
  const file = (set: object = {}): object => ({ format: 'clarion-signer.v1', key: key.key, service: { socket, path: '/v1/sign', tokenFile: 'token', timeoutMs: 300, ...set } });
  const open = (set: object = {}) => openSignerFile(file(set), (name) => `${name}-content\n`);

  beforeEach(async () => {
    key = await generateKey('ed25519');
    service = new FakeService(key);
    await service.listen(socket);
  });
  afterEach(() => service.close());

  it.each<SoftwareAlg>(['ed25519', 'es256', 'sm2-sm3'])('signs with its %s key, over a socket, for whoever has the token', async (alg) => {
    await service.close();
    key = await generateKey(alg);
    service = new FakeService(key);
    await service.listen(socket);
    const signer = open();
    expect(signer.key).toEqual(key.key);
    expect(verify(key.key, bytes, await signer.sign(bytes))).toBe(true);
    expect(service.asked).toEqual([{ token: 'Bearer token-content', body: { keyId: key.key.keyId, alg, bytes: toBase64(bytes) } }]);
  });

  it('is reached on the loopback, too, and on nothing else', async () => {
    await service.close();
    const port = await freePort();
    service = new FakeService(key);
    await service.listen(port);
    const at = (url: string) => openSignerFile({ format: 'clarion-signer.v1', key: key.key, service: { url } }, noToken);
    expect(verify(key.key, bytes, await at(`http://127.0.0.1:${port}/sign`).sign(bytes))).toBe(true);
    expect(service.asked[0]?.token).toBeUndefined();
    for (const url of ['http://10.0.0.1:8200/sign', 'https://127.0.0.1:8200/sign', 'http://127.0.0.1.example.cn:80/', 'http://localhost/sign', 'http://evil@127.0.0.1:80/', '/sign']) {
      expect(() => at(url)).toThrow(refused('signer-shape'));
    }
  });

  it('may be sent the digest alone where the suite signs one', async () => {
    // As a device does that knows neither user id nor SM3: 32 bytes in, r and s out.
    const made = await generateKey('sm2-sm3');
    const scalar = Buffer.from(made.pkcs8.subarray(36, 68)).toString('hex');
    service.answer = ({ digest = '' }) => {
      const sig = Buffer.from(sm2.doSignature(fromBase64(digest) ?? '', scalar, { hash: false }), 'hex');
      return Promise.resolve({ status: 200, body: JSON.stringify({ sig: sig.toString('base64') }) });
    };
    const signer = openSignerFile({ ...file({ sends: 'digest' }), key: made.key }, () => 't');
    expect(verify(made.key, bytes, await signer.sign(bytes))).toBe(true);
    expect(Object.keys(service.asked[0]?.body ?? {})).toEqual(['keyId', 'alg', 'digest']);
    expect(fromBase64(service.asked[0]?.body['digest'] ?? '')).toHaveLength(32);
    expect(() => open({ sends: 'digest' })).toThrow(refused('signer-shape'));
  });

  it('is not believed: a signature over other bytes, of another key, or none is not given out', async () => {
    const other = await generateKey('ed25519');
    const says = async (sig: Uint8Array): Promise<unknown> => {
      service.answer = () => Promise.resolve({ status: 200, body: JSON.stringify({ sig: toBase64(sig) }) });
      return open().sign(bytes);
    };
    await expect(says(await key.signer.sign(new Uint8Array([1])))).rejects.toMatchObject({ code: 'signer-wrong' });
    await expect(says(await other.signer.sign(bytes))).rejects.toMatchObject({ code: 'signer-wrong' });
    await expect(says(new Uint8Array(64))).rejects.toMatchObject({ code: 'signer-wrong' });
  });

  it.each<[string, { readonly status: number; readonly body: string } | 'never', string]>([
    ['refuses', { status: 403, body: '{}' }, 'signer-refused'],
    ['sends somebody elsewhere', { status: 302, body: '' }, 'signer-refused'],
    ['answers no JSON', { status: 200, body: 'signature error' }, 'signer-answer'],
    ['answers without a signature', { status: 200, body: '{"sig": 1}' }, 'signer-answer'],
    ['answers too much', { status: 200, body: ' '.repeat(20_000) }, 'signer-answer'],
    ['never answers', 'never', 'signer-timeout'],
  ])('that %s is told with a code', async (_, answer, code) => {
    service.answer = () => Promise.resolve(answer);
    await expect(open().sign(bytes)).rejects.toMatchObject({ code });
  });

  it('that is not there is told with a code', async () => {
    await expect(open({ socket: path.join(place, 'nobody.sock') }).sign(bytes)).rejects.toMatchObject({ code: 'signer-unreachable' });
  });
});

describe('a signing command', () => {
  let key: GeneratedKey;
  const tool = path.join(place, 'token.cjs');
  const open = (script: string, set: object = {}) => {
    writeFileSync(tool, `const said = require('node:fs').readFileSync(0); const key = { key: Buffer.from(process.argv[2], 'base64'), format: 'der', type: 'pkcs8' };\n${script}`);
    return openSignerFile({ format: 'clarion-signer.v1', key: key.key, command: { run: [process.execPath, tool, toBase64(key.pkcs8)], ...set } }, noToken);
  };
  beforeAll(async () => { key = await generateKey('ed25519'); });
  const SIGNS = "console.log(require('node:crypto').sign(null, said, require('node:crypto').createPrivateKey(key)).toString('base64'));";

  it('signs what it gets on its standard input', async () => {
    expect(verify(key.key, bytes, await open(SIGNS).sign(bytes))).toBe(true);
  });

  it.each([
    ['signs something else', SIGNS.replace('said', "Buffer.from('x')"), {}, 'signer-wrong'],
    ['ends badly', 'process.exit(3);', {}, 'signer-refused'],
    ['says something else', "console.log('PIN blocked');", {}, 'signer-answer'],
    ['never stops talking', "const more = () => process.stdout.write('A'.repeat(9000), more); more();", {}, 'signer-answer'],
    ['waits for somebody who does not come', 'setInterval(() => 0, 1000);', { timeoutMs: 400 }, 'signer-timeout'],
    ['is not there', '', { run: [path.join(place, 'nothing')] }, 'signer-unreachable'],
  ])('that %s is told with a code', async (_, script, set, code) => {
    await expect(open(script, set).sign(bytes)).rejects.toMatchObject({ code });
  });
});

describe('a signer file', () => {
  it('is told from a key file by its format, and holds nothing but what it should', async () => {
    const { key } = await generateKey('ed25519');
    const good = { format: 'clarion-signer.v1', key, command: { run: ['/bin/true'] } };
    expect([isSignerFile(good), isSignerFile({ format: 'clarion-key.v1' }), isSignerFile(null), isSignerFile('clarion-signer.v1')]).toEqual([true, false, false, false]);
    const weak = { ...key, keyId: key.keyId.replace(/^./, (first) => (first === '0' ? '1' : '0')) };
    const bad = [
      { ...good, key: weak }, { ...good, key: { ...key, alg: 'webauthn-es256' } }, { ...good, service: { socket: '/s' } }, { ...good, command: { run: [] } }, { ...good, command: { run: 'rm -rf' } },
      { ...good, pkcs8: 'x' }, { format: good.format, key }, { format: good.format, key, service: { socket: '/s', url: 'http://127.0.0.1:1/' } }, { format: good.format, key, service: {} },
    ];
    expect(() => openSignerFile(good, noToken)).not.toThrow();
    for (const value of bad) expect(() => openSignerFile(value, noToken)).toThrow(refused('signer-shape'));
  });
});
