import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { sm2, sm3 } from 'sm-crypto-v2';
import { toHex } from '#libs/envelope';
import { afterPrefix, bigEndian, modulo, shortWeierstrassCheck } from './field';
import { SM2_ANSWERS } from './known-answers';
import { combOf, SM2_B, SM2_G, SM2_N, SM2_P, xOfSum } from './sm2-points';
import { constant, SM2_SPKI_PREFIX } from './spki';
import type { PreparedKey, SoftwareSuite } from './suite';
import { whenNeeded } from './when-needed';

const generatePair = promisify(generateKeyPair);

/** The distinguishing identifier of GM/T 0009 10 for every signer; it goes into the hash with the public key. */
const USER_ID = '1234567812345678';

/** PKCS#8 of an SM2 key as OpenSSL writes it: the scalar, a gap of five bytes, x and y. */
const PKCS8_PREFIX = constant('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420');
const PKCS8_GAP = constant('a144034200');
const PKCS8_BYTES = PKCS8_PREFIX.length + 32 + PKCS8_GAP.length + 65;

/** 5 kB for each key that was ever asked, at most MAX_PREPARED of them; the base point's, asked by all, takes more. */
const TEETH = 5;
const TEETH_OF_G = 8;
const combOfG = whenNeeded(() => combOf(SM2_G, TEETH_OF_G));

/** The public point as the library wants it: 04, x and y as hex. */
function pointOf(spki: Uint8Array): string {
  return `04${toHex(spki.subarray(SM2_SPKI_PREFIX.length))}`;
}

/** SM3(Z || bytes), where Z binds user id, curve and public key (GM/T 0003.2 5.5, 6.1 A1 and A2). */
function digestUnder(identity: Uint8Array, bytes: Uint8Array): Uint8Array {
  return constant(sm3(Buffer.concat([identity, bytes])));
}

function prepare(spki: Uint8Array): PreparedKey {
  const identity = whenNeeded(() => sm2.getZ(pointOf(spki), USER_ID));
  const [x, y] = [bigEndian(spki.subarray(-64, -32)), bigEndian(spki.subarray(-32))];
  const comb = whenNeeded(() => combOf({ x, y }, TEETH));
  return {
    // GM/T 0003.2 7.1: B1 and B2 are the ranges, B5 t, B6 the point, B7 what must be r.
    verify: (bytes, sig) => {
      if (sig.length !== 64) return false;
      const [r, s] = [bigEndian(sig.subarray(0, 32)), bigEndian(sig.subarray(32))];
      if (!isScalar(r) || !isScalar(s)) return false;
      const t = modulo(r + s, SM2_N);
      if (t === 0n) return false;
      const x1 = xOfSum([{ scalar: s, comb: combOfG() }, { scalar: t, comb: comb() }]);
      return x1 !== undefined && modulo(bigEndian(digestUnder(identity(), bytes)) + x1, SM2_N) === r;
    },
  };
}

/** 0 < value < N (GM/T 0003.2 7.1 B1, B2). */
function isScalar(value: bigint): boolean {
  return value > 0n && value < SM2_N;
}

/** Scalar and public point, both as hex, of a private key of this curve whose halves belong together. */
function halvesOf(privateKey: KeyObject): { readonly scalar: string; readonly publicKey: string } | undefined {
  if (privateKey.type !== 'private') return undefined;
  const der = new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }));
  const body = afterPrefix(der, PKCS8_PREFIX, PKCS8_BYTES - PKCS8_PREFIX.length);
  const point = body === undefined ? undefined : afterPrefix(body.subarray(32), PKCS8_GAP, 65);
  if (body === undefined || point === undefined) return undefined;
  const d = bigEndian(body.subarray(0, 32));
  // GM/T 0003.1 6.1: 1 .. N - 2. OpenSSL takes the public half of a file on trust.
  if (d < 1n || d > SM2_N - 2n) return undefined;
  const [scalar, publicKey] = [toHex(body.subarray(0, 32)), toHex(point)];
  return sm2.getPublicKeyFromPrivateKey(scalar) === publicKey ? { scalar, publicKey } : undefined;
}

const halves = new WeakMap<KeyObject, ReturnType<typeof halvesOf>>();

function remembered(privateKey: KeyObject): ReturnType<typeof halvesOf> {
  if (!halves.has(privateKey)) halves.set(privateKey, halvesOf(privateKey));
  return halves.get(privateKey);
}

async function sign(bytes: Uint8Array, privateKey: KeyObject): Promise<Uint8Array> {
  const key = remembered(privateKey);
  if (key === undefined) throw new TypeError('not a private key of SM2');
  return constant(sm2.doSignature(bytes, key.scalar, { hash: true, publicKey: key.publicKey, userId: USER_ID }));
}

/**
 * SM2 with SM3 (GB/T 32918.2, GM/T 0003.2), signature r || s of 64 bytes, keys as GB/T 35276 SPKI. node:crypto makes and
 * reads the keys and nothing else: it signs without a user id (nodejs/node#53761), which is another signature.
 */
export const sm2Sm3: SoftwareSuite<'sm2-sm3'> = {
  alg: 'sm2-sm3',
  pinsRp: false,
  checkSpki: shortWeierstrassCheck(SM2_SPKI_PREFIX, { p: SM2_P, b: SM2_B }),
  prepare,
  sign,
  digest: (spki, bytes) => digestUnder(sm2.getZ(pointOf(Buffer.from(spki, 'base64')), USER_ID), bytes),
  generate: async () => (await generatePair('ec', { namedCurve: 'SM2' })).privateKey,
  owns: (privateKey) => remembered(privateKey) !== undefined,
  knownAnswers: SM2_ANSWERS,
};
