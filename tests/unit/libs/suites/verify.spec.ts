import { generateKey, verify, type SoftwareAlg } from '#libs/suites';
import { bigEndian, littleEndian } from '../../../../libs/suites/field';

const utf8 = (text: string) => new TextEncoder().encode(text);

function turnBit(value: Uint8Array, bit: number): Uint8Array {
  const turned = Uint8Array.from(value);
  turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
}

function scalar(value: bigint, order: 'little' | 'big'): Uint8Array {
  const hex = value.toString(16).padStart(64, '0');
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return order === 'big' ? bytes : bytes.reverse();
}

describe.each<SoftwareAlg>(['ed25519', 'es256', 'sm2-sm3'])('verification with %s', (alg) => {
  it('accepts the signature of the key over the bytes, warm and cold', async () => {
    const { key, signer } = await generateKey(alg);
    for (const bytes of [utf8(''), utf8('一'), new Uint8Array(70_000)]) {
      const sig = await signer.sign(bytes);
      expect(sig).toHaveLength(64);
      expect(verify(key, bytes, sig)).toBe(true);
      expect(verify({ ...key }, bytes, sig)).toBe(true);
    }
  });

  it('refuses a turned bit of signature or bytes', async () => {
    const { key, signer } = await generateKey(alg);
    const bytes = utf8('暴雨红色预警');
    const sig = await signer.sign(bytes);
    const step = alg === 'sm2-sm3' ? 5 : 1;
    for (let bit = 0; bit < sig.length * 8; bit += step) expect(verify(key, bytes, turnBit(sig, bit))).toBe(false);
    for (let bit = 0; bit < bytes.length * 8; bit += step) expect(verify(key, turnBit(bytes, bit), sig)).toBe(false);
  });

  it('refuses another key, other lengths and constants', async () => {
    const [{ key, signer }, other] = [await generateKey(alg), await generateKey(alg)];
    const bytes = utf8('x');
    const sig = await signer.sign(bytes);
    expect(verify(other.key, bytes, sig)).toBe(false);
    for (const bad of [new Uint8Array(0), sig.slice(0, 63), Uint8Array.of(...sig, 0), new Uint8Array(64), new Uint8Array(64).fill(255), utf8('signature error')]) {
      expect(verify(key, bytes, bad)).toBe(false);
    }
  });
});

describe('signature ranges', () => {
  it('refuses an Ed25519 signature with S + L, the second spelling of the same signature', async () => {
    const { key, signer } = await generateKey('ed25519');
    const L = 2n ** 252n + 27742317777372353535851937790883648493n;
    const sig = await signer.sign(utf8('x'));
    const s = littleEndian(sig.subarray(32));
    for (let times = 1n; s + times * L < 2n ** 256n; times++) {
      expect(verify(key, utf8('x'), Uint8Array.of(...sig.subarray(0, 32), ...scalar(s + times * L, 'little')))).toBe(false);
    }
  });

  it('refuses r or s of a P-256 signature at zero, at the order and beyond', async () => {
    const { key, signer } = await generateKey('es256');
    const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const sig = await signer.sign(utf8('x'));
    const [r, s] = [sig.subarray(0, 32), sig.subarray(32)];
    for (const bad of [0n, N, N + 1n, 2n ** 256n - 1n]) {
      expect(verify(key, utf8('x'), Uint8Array.of(...scalar(bad, 'big'), ...s))).toBe(false);
      expect(verify(key, utf8('x'), Uint8Array.of(...r, ...scalar(bad, 'big')))).toBe(false);
    }
    // Anyone can write s as N - s; so nothing may take the bytes of a signature for an identity.
    expect(verify(key, utf8('x'), Uint8Array.of(...r, ...scalar(N - bigEndian(s), 'big')))).toBe(true);
  });

  it('refuses r or s of an SM2 signature at zero, at the order and beyond, and r + s = 0', async () => {
    const { key, signer } = await generateKey('sm2-sm3');
    const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
    const sig = await signer.sign(utf8('x'));
    const [r, s] = [sig.subarray(0, 32), sig.subarray(32)];
    for (const bad of [0n, N, N + 1n, 2n ** 256n - 1n]) {
      expect(verify(key, utf8('x'), Uint8Array.of(...scalar(bad, 'big'), ...s))).toBe(false);
      expect(verify(key, utf8('x'), Uint8Array.of(...r, ...scalar(bad, 'big')))).toBe(false);
    }
    expect(verify(key, utf8('x'), Uint8Array.of(...r, ...scalar(N - bigEndian(r), 'big')))).toBe(false);
    // Unlike ECDSA's, the signature has no second spelling.
    expect(verify(key, utf8('x'), Uint8Array.of(...r, ...scalar(N - bigEndian(s), 'big')))).toBe(false);
  });

  it('refuses a DER signature, which another library would accept', async () => {
    const { key } = await generateKey('es256');
    expect(verify(key, utf8('x'), Uint8Array.from({ length: 64 }, (_, i) => (i === 0 ? 0x30 : i)))).toBe(false);
  });
});
