import { createPrivateKey, createPublicKey, verify as platformVerify } from 'node:crypto';
import { fromBase64, fromHex, toBase64, toHex } from '#libs/envelope';
import { checkKeyRecord, generateKey, keyIdOf, sha256Hex, signerFromPkcs8, verify, type KeyRecord, type SoftwareAlg } from '#libs/suites';
import points from '../../../vectors/suites/ed25519-points.json';

const ED25519_HEAD = '302a300506032b6570032100';
const P256_HEAD = '3059301306072a8648ce3d020106082a8648ce3d030107034200';
const SM2_HEAD = '3059301306072a8648ce3d020106082a811ccf5501822d034200';
const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array(1);
const utf8 = (text: string) => new TextEncoder().encode(text);
const spkiOf = (record: KeyRecord) => fromBase64(record.spki) ?? new Uint8Array(1);

function recordOf(alg: SoftwareAlg, spki: Uint8Array): KeyRecord {
  return { keyId: keyIdOf(alg, spki), alg, spki: toBase64(spki) };
}

function turnBit(value: Uint8Array, bit: number): Uint8Array {
  const turned = Uint8Array.from(value);
  turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
}

describe.each<SoftwareAlg>(['ed25519', 'es256', 'sm2-sm3'])('key record of %s', (alg) => {
  it('is accepted as made, and names itself by algorithm and key', async () => {
    const { key } = await generateKey(alg);
    expect(checkKeyRecord(key)).toEqual({ ok: true });
    expect(key.keyId).toBe(sha256Hex(utf8(alg), spkiOf(key)));
    expect(spkiOf(key)).toHaveLength(alg === 'ed25519' ? 44 : 91);
  });

  it('is refused under another key id, also when the right one is warm', async () => {
    const [mine, other] = [await generateKey(alg), await generateKey(alg)];
    const borrowed = { ...other.key, keyId: mine.key.keyId };
    const sig = await other.signer.sign(utf8('x'));
    for (const warm of [false, true]) {
      if (warm) expect(checkKeyRecord(mine.key)).toEqual({ ok: true });
      expect(checkKeyRecord(borrowed)).toEqual({ ok: false, code: 'key-id-mismatch' });
      expect(verify(borrowed, utf8('x'), sig)).toBe(false);
    }
    expect(checkKeyRecord({ ...mine.key, keyId: mine.key.keyId.toUpperCase() })).toEqual({ ok: false, code: 'key-id-mismatch' });
  });

  it('is refused under another algorithm', async () => {
    const { key } = await generateKey(alg);
    const foreign = JSON.parse(JSON.stringify({ ...key, alg: 'none' }));
    expect(checkKeyRecord(foreign)).toEqual({ ok: false, code: 'key-alg-unknown' });
    for (const name of ['__proto__', 'toString', '']) expect(checkKeyRecord({ ...foreign, alg: name })).toMatchObject({ code: 'key-alg-unknown' });
    for (const other of (['ed25519', 'es256', 'sm2-sm3'] as const).filter((name) => name !== alg)) {
      expect(checkKeyRecord(recordOf(other, spkiOf(key)))).toEqual({ ok: false, code: 'key-spki-shape' });
    }
  });

  it('is refused in any other encoding of the same key', async () => {
    const { key } = await generateKey(alg);
    const spki = spkiOf(key);
    for (const other of [spki.slice(1), spki.slice(0, -1), Uint8Array.of(...spki, 0), Uint8Array.of(0, ...spki), new Uint8Array(0)]) {
      expect(checkKeyRecord(recordOf(alg, other))).toEqual({ ok: false, code: 'key-spki-shape' });
    }
    for (let bit = 0; bit < (alg === 'ed25519' ? 12 : 27) * 8; bit++) {
      expect(checkKeyRecord(recordOf(alg, turnBit(spki, bit)))).toEqual({ ok: false, code: 'key-spki-shape' });
    }
    expect(checkKeyRecord({ ...key, spki: `${key.spki}\n` })).toEqual({ ok: false, code: 'key-spki-encoding' });
  });
});

describe('Ed25519 points', () => {
  const record = (point: string) => recordOf('ed25519', bytes(ED25519_HEAD + point));

  it.each(points)('$name: $expected', ({ point, expected }) => {
    expect(checkKeyRecord(record(point))).toEqual(expected === 'ok' ? { ok: true } : { ok: false, code: expected });
  });

  it('shows why: the platform lets one constant signature stand for every message under the identity key', () => {
    const identity = record(`01${'00'.repeat(31)}`);
    const constant = bytes(`01${'00'.repeat(31)}${'00'.repeat(32)}`);
    const key = createPublicKey({ key: Buffer.from(spkiOf(identity)), format: 'der', type: 'spki' });
    expect(platformVerify(null, utf8('anything'), key, constant)).toBe(true);
    expect(verify(identity, utf8('anything'), constant)).toBe(false);
  });

  it('accepts or refuses every y from p to 2^255 - 1 as not canonical or small', () => {
    const p = 2n ** 255n - 19n;
    for (let y = p; y < 2n ** 255n; y++) {
      for (const sign of [0n, 1n]) {
        const big = (y + (sign << 255n)).toString(16).padStart(64, '0');
        const outcome = checkKeyRecord(record(toHex(bytes(big).reverse())));
        expect(outcome).toEqual({ ok: false, code: y - p < 2n ? 'key-point-small-order' : 'key-point-not-canonical' });
      }
    }
  });

  it('are off the curve for about half of all y', () => {
    let off = 0;
    for (let y = 2; y < 202; y++) {
      const outcome = checkKeyRecord(record(toHex(Uint8Array.of(y, ...new Uint8Array(31)))));
      if (!outcome.ok) expect(outcome.code).toBe('key-point-off-curve');
      off += outcome.ok ? 0 : 1;
    }
    expect(off).toBeGreaterThan(60);
    expect(off).toBeLessThan(140);
  });
});

describe.each([
  { alg: 'es256', head: P256_HEAD, p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n },
  { alg: 'sm2-sm3', head: SM2_HEAD, p: 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n },
] as const)('points of $alg', ({ alg, head, p }) => {
  const field = (value: bigint) => value.toString(16).padStart(64, '0');
  const record = (point: string) => recordOf(alg, bytes(head + point));

  it('are refused off the curve, at zero and beyond the field', async () => {
    const { key } = await generateKey(alg);
    const point = toHex(spkiOf(key)).slice(head.length);
    const [x, y] = [BigInt(`0x${point.slice(2, 66)}`), BigInt(`0x${point.slice(66)}`)];
    expect(checkKeyRecord(record(`04${field(x)}${field(p - y)}`))).toEqual({ ok: true });
    for (const [badX, badY] of [[x, y ^ 1n], [x ^ 1n, y], [0n, 0n], [y, x]] as const) {
      expect(checkKeyRecord(record(`04${field(badX)}${field(badY)}`))).toEqual({ ok: false, code: 'key-point-off-curve' });
    }
    for (const [badX, badY] of [[p, y], [x, p], [2n ** 256n - 1n, y]] as const) {
      expect(checkKeyRecord(record(`04${field(badX)}${field(badY)}`))).toEqual({ ok: false, code: 'key-point-not-canonical' });
    }
  });

  it('are refused under the name of the other curve', async () => {
    const { key } = await generateKey(alg);
    const point = toHex(spkiOf(key)).slice(head.length);
    const [other, otherHead] = alg === 'es256' ? (['sm2-sm3', SM2_HEAD] as const) : (['es256', P256_HEAD] as const);
    expect(checkKeyRecord(recordOf(other, bytes(otherHead + point)))).toEqual({ ok: false, code: 'key-point-off-curve' });
  });
});

describe('P-256 points', () => {
  it('are refused compressed, hybrid and at infinity', async () => {
    const { key } = await generateKey('es256');
    const point = toHex(spkiOf(key)).slice(P256_HEAD.length);
    const even = parseInt(point.slice(-1), 16) % 2 === 0;
    const compressed = bytes(`3039301306072a8648ce3d020106082a8648ce3d030107032200${even ? '02' : '03'}${point.slice(2, 66)}`);
    const hybrid = bytes(`${P256_HEAD}${even ? '06' : '07'}${point.slice(2)}`);
    // The platform reads both as the same key, which would give one person two key ids.
    for (const other of [compressed, hybrid]) {
      expect(createPublicKey({ key: Buffer.from(other), format: 'der', type: 'spki' }).export({ format: 'jwk' })).toMatchObject({ crv: 'P-256' });
      expect(checkKeyRecord(recordOf('es256', other))).toEqual({ ok: false, code: 'key-spki-shape' });
    }
    expect(checkKeyRecord(recordOf('es256', bytes('3019301306072a8648ce3d020106082a8648ce3d03010703020000')))).toEqual({ ok: false, code: 'key-spki-shape' });
  });
});

describe('signer', () => {
  it.each<SoftwareAlg>(['ed25519', 'es256', 'sm2-sm3'])('comes back from the private bytes of %s', async (alg) => {
    const made = await generateKey(alg);
    const again = signerFromPkcs8(alg, made.pkcs8);
    expect(again.key).toEqual(made.key);
    expect(verify(made.key, utf8('号角'), await again.sign(utf8('号角')))).toBe(true);
  });

  it('is refused from the private bytes of another suite, of no suite and from rubbish', async () => {
    const refused = expect.objectContaining({ code: 'suite-private-key' });
    const [ed, es, sm] = [await generateKey('ed25519'), await generateKey('es256'), await generateKey('sm2-sm3')];
    expect(() => signerFromPkcs8('es256', ed.pkcs8)).toThrow(refused);
    expect(() => signerFromPkcs8('ed25519', es.pkcs8)).toThrow(refused);
    expect(() => signerFromPkcs8('ed25519', new Uint8Array(48))).toThrow(refused);
    expect(() => signerFromPkcs8('sm2-sm3', es.pkcs8)).toThrow(refused);
    expect(() => signerFromPkcs8('es256', sm.pkcs8)).toThrow(refused);
  });

  it('is refused from an SM2 file whose halves do not belong together, which the platform reads without a word', async () => {
    const [mine, other] = [await generateKey('sm2-sm3'), await generateKey('sm2-sm3')];
    const mixed = Uint8Array.of(...mine.pkcs8.subarray(0, mine.pkcs8.length - 64), ...other.pkcs8.subarray(other.pkcs8.length - 64));
    expect(createPrivateKey({ key: Buffer.from(mixed), format: 'der', type: 'pkcs8' }).type).toBe('private');
    expect(() => signerFromPkcs8('sm2-sm3', mixed)).toThrow(expect.objectContaining({ code: 'suite-private-key' }));
  });
});
