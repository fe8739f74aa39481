import { createHash } from 'node:crypto';
import { sm2, sm3 } from 'sm-crypto-v2';
import { fromHex, toBase64 } from '#libs/envelope';
import { keyIdOf, verify, type KeyRecord } from '#libs/suites';
import { combOf, SM2_G, SM2_N as N, xOfSum, type Affine } from '../../../../libs/suites/sm2-points';

const hex = (value: bigint) => value.toString(16).padStart(64, '0');
const modN = (value: bigint) => ((value % N) + N) % N;
const scalarOf = (seed: string) => modN(BigInt(`0x${createHash('sha256').update(seed).digest('hex')}`));

/** scalar times the base point, by the library and by no comb of ours. */
function multipleOfG(scalar: bigint): Affine {
  const point = sm2.getPublicKeyFromPrivateKey(hex(scalar));
  return { x: BigInt(`0x${point.slice(2, 66)}`), y: BigInt(`0x${point.slice(66)}`) };
}

const combOfG = combOf(SM2_G, 8);
/** x of s G + t q G as ours and as the library says. */
function both(s: bigint, t: bigint, q: bigint, comb: ReturnType<typeof combOf>): readonly [bigint | undefined, bigint | undefined] {
  const k = modN(s + t * q);
  return [xOfSum([{ scalar: s, comb: combOfG }, { scalar: t, comb }]), k === 0n ? undefined : multipleOfG(k).x];
}

describe('sums of points of SM2, held against the library', () => {
  it.each([1, 4, 5, 8])('agree for keys and scalars of any size, with %i teeth', (teeth) => {
    for (let key = 0; key < 3; key += 1) {
      const q = scalarOf(`key ${key}`);
      const comb = combOf(multipleOfG(q), teeth);
      for (let time = 0; time < 12; time += 1) {
        const [s, t] = [scalarOf(`s ${key} ${time}`) >> BigInt(time * 20), scalarOf(`t ${key} ${time}`) >> BigInt((11 - time) * 20)];
        const [ours, theirs] = both(s, t, q, comb);
        expect(ours).toBe(theirs);
      }
    }
  });

  // Keys that are the base point, its opposite and near ones make sums in which a point meets itself or its opposite.
  it.each([1n, 2n, 3n, N - 1n, N - 2n, (N + 1n) / 2n])('agree where points meet themselves or their opposites: key %s', (q) => {
    const comb = combOf(multipleOfG(q), 5);
    const edges = [0n, 1n, 2n, 3n, 1n << 32n, 1n << 52n, 1n << 255n, (N - 1n) / 2n, (N + 1n) / 2n, N - 2n, N - 1n];
    let atInfinity = 0;
    for (const s of edges) for (const t of edges) {
      const [ours, theirs] = both(s, t, q, comb);
      expect(ours).toBe(theirs);
      if (ours === undefined) atInfinity += 1;
    }
    expect(atInfinity).toBeGreaterThan(1);
  });
});

describe('SM2 signatures that only the holder of the key could make, and that are none', () => {
  it('refuses one whose sum is the point at infinity, which the library takes for x = 0', () => {
    const d = scalarOf('holder');
    const publicKey = sm2.getPublicKeyFromPrivateKey(hex(d));
    const spki = fromHex(`3059301306072a8648ce3d020106082a811ccf5501822d034200${publicKey}`) ?? new Uint8Array(1);
    const record: KeyRecord = { keyId: keyIdOf('sm2-sm3', spki), alg: 'sm2-sm3', spki: toBase64(spki) };
    const bytes = new TextEncoder().encode('x');
    const digest = sm3(Buffer.concat([sm2.getZ(publicKey), bytes]));
    const e = modN(BigInt(`0x${digest}`));
    // s + (e + s) d = 0 with r = e.
    const s = modN(-e * d * powerN(1n + d, N - 2n));
    expect(sm2.doVerifySignature(fromHex(digest) ?? bytes, hex(e) + hex(s), publicKey, { hash: false })).toBe(true);
    expect(verify(record, bytes, fromHex(hex(e) + hex(s)) ?? new Uint8Array(1))).toBe(false);
  });
});

function powerN(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = square * square % N) if (left & 1n) result = result * square % N;
  return result;
}
