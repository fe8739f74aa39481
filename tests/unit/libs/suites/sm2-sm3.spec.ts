import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign as platformSign } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBase64, fromHex, toBase64 } from '#libs/envelope';
import { generateKey, keyIdOf, signerFromPkcs8, verify, type KeyRecord } from '#libs/suites';
import made from '../../../vectors/suites/sm2-sm3.json';

const USER_ID = '1234567812345678';
const SPKI_HEAD = '3059301306072a8648ce3d020106082a811ccf5501822d034200';
const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) => fromHex(text.toLowerCase()) ?? new Uint8Array(1);

function recordOf(spki: Uint8Array): KeyRecord {
  return { keyId: keyIdOf('sm2-sm3', spki), alg: 'sm2-sm3', spki: toBase64(spki) };
}

describe('SM2 with SM3: vectors made by the openssl command line', () => {
  it.each(made.cases)('$why: $expect', ({ spki, bytesHex, sigHex, expect: expected }) => {
    // Three times: from the second on with a table of multiples.
    const key = recordOf(fromBase64(spki) ?? new Uint8Array(1));
    for (let time = 0; time < 3; time++) expect(verify(key, hex(bytesHex), hex(sigHex))).toBe(expected);
  });
});

// The vectors made by others are not copied here; point CLARION_SAMPLES at them.
const samples = process.env['CLARION_SAMPLES'];
const folder = samples === undefined ? undefined : path.join(samples, 'crypto', 'sm2');
if (folder === undefined) console.warn('SKIPPED: SM2 vectors made by others (set CLARION_SAMPLES)');

(folder === undefined ? describe.skip : describe)('SM2 with SM3: vectors made by others', () => {
  interface Sample { readonly id: number; readonly distid: string; readonly pubPointHex: string; readonly msgHex: string; readonly sigRawHex: string; readonly expect: string }
  const read = (name: string): unknown => JSON.parse(readFileSync(path.join(folder ?? '', name), 'utf8'));

  it('are answered as they say, every one', () => {
    const { tests } = read('sm2-sm3-made.json') as { readonly tests: readonly Sample[] };
    expect(tests.length).toBeGreaterThan(40);
    const wrong = tests.filter((one) => verify(recordOf(hex(SPKI_HEAD + one.pubPointHex)), hex(one.msgHex), hex(one.sigRawHex)) !== (one.expect === 'valid'));
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it('hold for the worked example of GM/T 0003.5', () => {
    const { publicKey, msgUtf8, r, s } = read('gmt0003.5-example.json') as Readonly<Record<'publicKey' | 'msgUtf8' | 'r' | 's', string>>;
    expect(verify(recordOf(hex(SPKI_HEAD + publicKey)), utf8(msgUtf8), hex(r + s))).toBe(true);
  });
});

describe('SM2 with SM3 and node:crypto', () => {
  it('are not the same signature: what the platform calls SM2 is refused', async () => {
    const { key, pkcs8 } = await generateKey('sm2-sm3');
    const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
    const sig = rawOf(platformSign('sm3', utf8('x'), privateKey));
    expect(verify(key, utf8('x'), sig)).toBe(false);
  });
});

const hasOpenssl = ((): boolean => {
  try {
    return execFileSync('openssl', ['list', '-public-key-algorithms'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes('SM2');
  } catch {
    return false;
  }
})();
if (!hasOpenssl) console.warn('SKIPPED: SM2 against the openssl command line (no openssl with SM2 here)');

(hasOpenssl ? describe : describe.skip)('SM2 with SM3 and the openssl command line', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'clarion-sm2-'));
  const at = (name: string) => path.join(place, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  afterAll(() => { rmSync(place, { recursive: true, force: true }); });

  it('verifies here what openssl signed, with a key that openssl made', () => {
    openssl('genpkey', '-algorithm', 'SM2', '-out', at('key.pem'));
    writeFileSync(at('message'), utf8('暴雨红色预警'));
    openssl('pkeyutl', '-sign', '-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${USER_ID}`, '-in', at('message'), '-inkey', at('key.pem'), '-out', at('sig'));
    const pkcs8 = new Uint8Array(createPrivateKey(readFileSync(at('key.pem'))).export({ format: 'der', type: 'pkcs8' }));
    const { key } = signerFromPkcs8('sm2-sm3', pkcs8);
    expect(verify(key, utf8('暴雨红色预警'), rawOf(readFileSync(at('sig'))))).toBe(true);
    expect(verify(key, utf8('暴雨橙色预警'), rawOf(readFileSync(at('sig'))))).toBe(false);
  });

  it('lets openssl verify what was signed here, over a text of any length', async () => {
    const { key, signer } = await generateKey('sm2-sm3');
    writeFileSync(at('public.pem'), createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' }));
    for (const message of [new Uint8Array(), utf8('号角'), new Uint8Array(70_000).fill(7)]) {
      writeFileSync(at('message'), message);
      writeFileSync(at('sig'), derOf(await signer.sign(message)));
      const verified = () => openssl('pkeyutl', '-verify', '-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${USER_ID}`, '-in', at('message'), '-pubin', '-inkey', at('public.pem'), '-sigfile', at('sig'));
      if (message.length > 0) expect(verified().toString()).toContain('Verified Successfully');
      writeFileSync(at('message'), Uint8Array.of(...message, 1));
      expect(verified).toThrow();
    }
    expect(existsSync(at('sig'))).toBe(true);
  });
});

/** r || s of an ECDSA-Sig-Value in DER. */
function rawOf(der: Uint8Array): Uint8Array {
  const integers: Uint8Array[] = [];
  for (let i = 2; i < der.length; i += 2 + (der[i + 1] ?? 0)) integers.push(der.slice(i + 2, i + 2 + (der[i + 1] ?? 0)));
  return Uint8Array.from(integers.flatMap((value) => [...new Uint8Array(32), ...value].slice(-32)));
}

function derOf(raw: Uint8Array): Uint8Array {
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((value) => {
    const bare = [...value].slice([...value].findIndex((byte) => byte !== 0));
    const positive = (bare[0] ?? 0) > 127 ? [0, ...bare] : bare;
    return [2, positive.length, ...positive];
  }).flat();
  return Uint8Array.of(0x30, integers.length, ...integers);
}
