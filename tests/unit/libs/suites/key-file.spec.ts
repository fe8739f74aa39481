import { createCipheriv, randomBytes } from 'node:crypto';
import { encodePayload, fromBase64, toBase64 } from '#libs/envelope';
import {
  deriveKeyFileKey, freshKeyFileKdf, generateKey, openKeyFile, sealKeyFile, verify,
  type DerivedKey, type GeneratedKey, type KeyFile, type SoftwareAlg,
} from '#libs/suites';

const CHEAP = 2 ** 14;
const bytes = new TextEncoder().encode('号角');
const passphrase = randomBytes(12).toString('hex');

function flip(text: string): string {
  const raw = fromBase64(text) ?? new Uint8Array(1);
  raw[0] = (raw[0] ?? 0) ^ 1;
  return toBase64(raw);
}

describe('key file', () => {
  let made: GeneratedKey;
  let derived: DerivedKey;
  let file: KeyFile;

  beforeAll(async () => {
    made = await generateKey('ed25519');
    derived = await deriveKeyFileKey(passphrase, freshKeyFileKdf(CHEAP));
    file = await sealKeyFile(made.pkcs8, made.key, derived);
  });

  it.each<SoftwareAlg>(['ed25519', 'es256'])('gives the %s key back to its passphrase, through JSON', async (alg) => {
    const key = await generateKey(alg);
    const sealed = JSON.parse(JSON.stringify(await sealKeyFile(key.pkcs8, key.key, derived)));
    const opened = await openKeyFile(sealed, passphrase);
    expect(opened).toMatchObject({ ok: true, record: key.key, pkcs8: key.pkcs8 });
    if (opened.ok) expect(verify(key.key, bytes, await opened.signer.sign(bytes))).toBe(true);
  });

  it('seals at full cost under a bare passphrase', async () => {
    const sealed = await sealKeyFile(made.pkcs8, made.key, passphrase);
    expect(sealed.kdf).toMatchObject({ name: 'scrypt', N: 2 ** 17, r: 8, p: 1 });
    expect(await openKeyFile(sealed, passphrase)).toMatchObject({ ok: true });
  });

  it('does not show the private key', () => {
    expect(JSON.stringify(file)).not.toContain(toBase64(made.pkcs8).slice(24, 60));
    expect(Object.keys(file)).toEqual(['format', 'alg', 'keyId', 'spki', 'kdf', 'cipher', 'iv', 'tag', 'data']);
  });

  it('opens a whole folder with one derivation when the salt is shared', async () => {
    const keys = await Promise.all(Array.from({ length: 50 }, () => generateKey('ed25519')));
    const files = await Promise.all(keys.map((key) => sealKeyFile(key.pkcs8, key.key, derived)));
    expect(new Set(files.map(({ iv }) => iv)).size).toBe(50);
    const once = await deriveKeyFileKey(passphrase, derived.kdf);
    for (const sealed of files) expect(await openKeyFile(sealed, once)).toMatchObject({ ok: true });
  });

  it('refuses a wrong passphrase', async () => {
    expect(await openKeyFile(file, `${passphrase} `)).toEqual({ ok: false, code: 'key-file-passphrase' });
    expect(await openKeyFile(file, '')).toEqual({ ok: false, code: 'key-file-passphrase' });
  });

  it('takes the two spellings of one passphrase for the same', async () => {
    const kdf = freshKeyFileKdf(CHEAP);
    const [wide, narrow] = [await deriveKeyFileKey('ｋｅｙ\u00e9', kdf), await deriveKeyFileKey('keye\u0301', kdf)];
    expect(wide.key).toEqual(narrow.key);
  });

  it('refuses a derived key of another salt', async () => {
    const other = await deriveKeyFileKey(passphrase, freshKeyFileKdf(CHEAP));
    expect(await openKeyFile(file, other)).toEqual({ ok: false, code: 'key-file-other-salt' });
  });

  it('refuses a change of any sealed byte', async () => {
    for (const field of ['iv', 'tag', 'data'] as const) {
      expect(await openKeyFile({ ...file, [field]: flip(file[field]) }, derived)).toEqual({ ok: false, code: 'key-file-passphrase' });
    }
  });

  it('refuses the head of another key on this body', async () => {
    const other = await generateKey('ed25519');
    expect(await openKeyFile({ ...file, keyId: other.key.keyId, spki: other.key.spki }, derived)).toEqual({ ok: false, code: 'key-file-passphrase' });
    expect(await openKeyFile({ ...file, keyId: other.key.keyId }, derived)).toEqual({ ok: false, code: 'key-file-shape' });
    await expect(sealKeyFile(made.pkcs8, other.key, derived)).rejects.toMatchObject({ code: 'suite-private-key' });
  });

  it('refuses a file whose maker sealed one key under the name of another, or no key at all', async () => {
    const other = await generateKey('ed25519');
    const { alg, keyId, spki, kdf } = file;
    for (const inside of [other.pkcs8, (await generateKey('es256')).pkcs8, new Uint8Array(48)]) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', derived.key, iv);
      cipher.setAAD(Buffer.concat([Buffer.from('clarion-key.v1 '), encodePayload({ alg, keyId, spki, kdf })]));
      const data = toBase64(Buffer.concat([cipher.update(inside), cipher.final()]));
      const sealed = { ...file, iv: toBase64(iv), tag: toBase64(cipher.getAuthTag()), data };
      expect(await openKeyFile(sealed, derived)).toEqual({ ok: false, code: 'key-file-wrong-key' });
    }
  });

  it('refuses other shapes and a cost that would be too cheap or too dear', async () => {
    const { kdf } = file;
    const shapes: readonly unknown[] = [
      null, [], 'x', {}, { ...file, extra: 1 }, { ...file, format: 'clarion-key.v2' }, { ...file, cipher: 'aes-256-cbc' }, { ...file, alg: 'rsa' },
      { ...file, iv: toBase64(new Uint8Array(8)) }, { ...file, tag: toBase64(new Uint8Array(4)) }, { ...file, data: toBase64(new Uint8Array(600)) }, { ...file, data: '' },
      ...[{ N: 1024 }, { N: 2 ** 20 }, { N: CHEAP + 1 }, { N: '16384' }, { r: 64 }, { p: 2 }, { name: 'pbkdf2' }, { salt: 'AAAA' }, { salt: `${kdf.salt}=` }]
        .map((change) => ({ ...file, kdf: { ...kdf, ...change } })),
    ];
    for (const shape of shapes) expect(await openKeyFile(shape, passphrase)).toEqual({ ok: false, code: 'key-file-shape' });
    await expect(deriveKeyFileKey(passphrase, { ...kdf, N: 2 ** 20 })).rejects.toMatchObject({ code: 'suite-kdf' });
  });
});
