import { constant, ED25519_SPKI_PREFIX, P256_SPKI_PREFIX, SM2_SPKI_PREFIX, spkiOf } from './spki';
import type { KnownAnswer } from './suite';

/** A published vector and its forged twin: the same signature with one bit turned must fail. */
function answers(source: string, spki: Uint8Array, bytes: Uint8Array, sig: Uint8Array): readonly KnownAnswer[] {
  const forged = Uint8Array.from(sig);
  forged[forged.length - 33] = (forged[forged.length - 33] ?? 0) ^ 1;
  return [
    { source, spki, bytes, sig, valid: true },
    { source: `${source}, one bit turned`, spki, bytes, sig: forged, valid: false },
  ];
}

function ed25519(source: string, point: string, bytes: string, sig: string): readonly KnownAnswer[] {
  return answers(source, spkiOf(ED25519_SPKI_PREFIX, point), constant(bytes), constant(sig));
}

function refused(source: string, spki: Uint8Array, bytes: Uint8Array, sig: Uint8Array): KnownAnswer {
  return { source, spki, bytes, sig, valid: false };
}

/** RFC 8032 7.1, and its first signature with S + L in place of S, which 5.1.7 refuses. */
export const ED25519_ANSWERS: readonly KnownAnswer[] = [
  refused(
    'RFC 8032 7.1 TEST 1, S + L',
    spkiOf(ED25519_SPKI_PREFIX, 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
    new Uint8Array(0),
    constant('e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901554c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b'),
  ),
  ...ed25519(
    'RFC 8032 7.1 TEST 1',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ),
  ...ed25519(
    'RFC 8032 7.1 TEST 2',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ),
  ...ed25519(
    'RFC 8032 7.1 TEST 3',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ),
];

const RFC_6979_KEY = spkiOf(
  P256_SPKI_PREFIX,
  '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
);

const P256_ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

/** RFC 6979 A.2.5, SHA-256; and r = s = 0, r = s = n, which a careless verifier takes for any message. */
export const ES256_ANSWERS: readonly KnownAnswer[] = [
  refused('P-256, r = s = 0', RFC_6979_KEY, new TextEncoder().encode('sample'), new Uint8Array(64)),
  refused('P-256, r = s = n', RFC_6979_KEY, new TextEncoder().encode('sample'), constant(P256_ORDER + P256_ORDER)),
  ...answers(
    'RFC 6979 A.2.5 "sample"', RFC_6979_KEY, new TextEncoder().encode('sample'),
    constant('efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'),
  ),
  ...answers(
    'RFC 6979 A.2.5 "test"', RFC_6979_KEY, new TextEncoder().encode('test'),
    constant('f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083'),
  ),
];

const GMT_0003_5_KEY = spkiOf(
  SM2_SPKI_PREFIX,
  '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
);
const OPENSSL_SM2_KEY = spkiOf(
  SM2_SPKI_PREFIX,
  'e052d95326bd4cbb44c344e719ae042daa98c8677a6e9c2700600be5346903f09e6ac6b4983f867fbcd37f5bf7df7945695417d1fdf2cd298e0e0630401d9d43',
);
const SM2_ORDER = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123';
const RAINSTORM = new TextEncoder().encode('暴雨红色预警，请立即转移。');

/**
 * GM/T 0003.5 A.2; r and s out of range; and what is no signature of this suite although OpenSSL made it with the right
 * key: under no user id (as node:crypto does) and under another one.
 */
export const SM2_ANSWERS: readonly KnownAnswer[] = [
  ...answers(
    'GM/T 0003.5 A.2', GMT_0003_5_KEY, new TextEncoder().encode('message digest'),
    constant('f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa'),
  ),
  refused('SM2, r = s = 0', GMT_0003_5_KEY, new TextEncoder().encode('message digest'), new Uint8Array(64)),
  refused('SM2, r = s = n', GMT_0003_5_KEY, new TextEncoder().encode('message digest'), constant(SM2_ORDER + SM2_ORDER)),
  refused('SM2 without a user id', OPENSSL_SM2_KEY, RAINSTORM,
    constant('ca979730c8b142cf65af5305656e61c5ea3e0598065ed55c3818eb3b25ad7d251a0ef542be29e906268e5d35451312829bf8a24ddfa375269d3da021f08b4425')),
  refused('SM2 under another user id', OPENSSL_SM2_KEY, RAINSTORM,
    constant('a6cdfde55197913ddab9491cfc3dd13312080ada90a6fae06a4e3a1688992305095056424adf460db0198b33a177f6c2e6866e1779e21cf870d08cdfb23ea924')),
];
