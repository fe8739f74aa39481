import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { sm2, sm3 } from 'sm-crypto-v2';
import { toHex } from '#libs/envelope';
import { BoundedMap } from './bounded-map';
import { afterPrefix, bigEndian, shortWeierstrassCheck } from './field';
import { SM2_ANSWERS } from './known-answers';
import { constant, SM2_SPKI_PREFIX } from './spki';
import type { PreparedKey, SoftwareSuite } from './suite';
import { whenNeeded } from './when-needed';

const generatePair = promisify(generateKeyPair);

/** The curve of GB/T 32918.5 (GM/T 0003.5): y^2 = x^3 - 3x + b over p, of prime order N. */
const CURVE = {
  p: 2n ** 256n - 2n ** 224n - 2n ** 96n + 2n ** 64n - 1n,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
};
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

/** The distinguishing identifier of GM/T 0009 10 for every signer; it goes into the hash with the public key. */
const USER_ID = '1234567812345678';

/** PKCS#8 of an SM2 key as OpenSSL writes it: the scalar, a gap of five bytes, x and y. */
const PKCS8_PREFIX = constant('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420');
const PKCS8_GAP = constant('a144034200');
const PKCS8_BYTES = PKCS8_PREFIX.length + 32 + PKCS8_GAP.length + 65;

type Table = ReturnType<typeof sm2.precomputePublicKey>;

/** A key seen this often gets a table of multiples: some 7 ms and 0.1 MB once, a quarter of the time from then on. */
const USES_BEFORE_TABLE = 2;
const TABLE_WINDOW = 4;
/** Tables kept: the dispatchers, signers and devices of a large district. */
const tables = new BoundedMap<string, Table>(1024);

/** The public point as the library wants it: 04, x and y as hex. */
function pointOf(spki: Uint8Array): string {
  return `04${toHex(spki.subarray(SM2_SPKI_PREFIX.length))}`;
}

/** SM3(Z || bytes), where Z binds user id, curve and public key (GM/T 0003.2 5.5, 6.1 A1 and A2). */
function digestUnder(identity: Uint8Array, bytes: Uint8Array): Uint8Array {
  return constant(sm3(Buffer.concat([identity, bytes])));
}

function prepare(spki: Uint8Array): PreparedKey {
  const publicKey = pointOf(spki);
  const identity = whenNeeded(() => sm2.getZ(publicKey, USER_ID));
  let uses = 0;
  const point = (): string | Table => {
    const known = tables.get(publicKey);
    if (known !== undefined) return known;
    uses += 1;
    if (uses <= USES_BEFORE_TABLE) return publicKey;
    uses = 0;
    const table = sm2.precomputePublicKey(publicKey, TABLE_WINDOW);
    tables.set(publicKey, table);
    return table;
  };
  return {
    verify: (bytes, sig) => {
      if (sig.length !== 64 || !isScalar(sig.subarray(0, 32)) || !isScalar(sig.subarray(32))) return false;
      return sm2.doVerifySignature(digestUnder(identity(), bytes), toHex(sig), point(), { hash: false });
    },
  };
}

/** 0 < value < N (GM/T 0003.2 7.1 B1, B2); the library leaves the range to its caller. */
function isScalar(bytes: Uint8Array): boolean {
  const value = bigEndian(bytes);
  return value > 0n && value < N;
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
  if (d < 1n || d > N - 2n) return undefined;
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
  checkSpki: shortWeierstrassCheck(SM2_SPKI_PREFIX, CURVE),
  prepare,
  sign,
  digest: (spki, bytes) => digestUnder(sm2.getZ(pointOf(Buffer.from(spki, 'base64')), USER_ID), bytes),
  generate: async () => (await generatePair('ec', { namedCurve: 'SM2' })).privateKey,
  owns: (privateKey) => remembered(privateKey) !== undefined,
  knownAnswers: SM2_ANSWERS,
};
