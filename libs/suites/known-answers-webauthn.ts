import { constant, P256_SPKI_PREFIX, spkiOf } from './spki';
import type { KnownAnswer } from './suite';

const KEY = spkiOf(
  P256_SPKI_PREFIX,
  '0b249c371f7a54c01b580ed569c52b39fd8df96cc24ef463699bd82f7d74f011dd31bf45c76801d815e75c9fde85b7d993ba449a055ba66cb8e81480c1dee15d',
);
const RP = { id: 'sign.example.cn', origins: ['https://sign.example.cn', 'https://phone.sign.example.cn:8443'] };
const BYTES = new TextEncoder().encode('DSSEv1 40 application/vnd.clarion.approval.v1+json 2 {}');

function passkey(source: string, valid: boolean, authenticatorData: string, clientDataJson: string, signature: string): KnownAnswer {
  const sized = (part: Uint8Array): readonly number[] => [part.length >> 8, part.length & 255, ...part];
  const sig = Uint8Array.of(...sized(constant(authenticatorData)), ...sized(new TextEncoder().encode(clientDataJson)), ...constant(signature));
  return { source, spki: KEY, rp: RP, bytes: BYTES, sig, valid };
}

/** From `tests/vectors/suites/webauthn-es256.json`: each signature holds, and only the first says what it must. */
export const WEBAUTHN_ANSWERS: readonly KnownAnswer[] = [
  passkey(
    'passkey, as a browser signs', true,
    '081d532c15e73a64d82737f5b0f93d7332b5bc85d6c88ab4e118e948eb1852511d00000001',
    '{"type":"webauthn.get","challenge":"nbEHv1gyPl9KKd186wpk_eRrNPVrgvvPODCtmMDoAIE","origin":"https://sign.example.cn","crossOrigin":false}',
    '736f30448b9b005b642972d46f2c7fbfb0c473e95a6d652a2f0043ebd15c2d15593f648aa1503ae6148d8235041c39c798938f99079d08699000b6d4a6946250',
  ),
  passkey(
    'passkey, another site', false,
    '081d532c15e73a64d82737f5b0f93d7332b5bc85d6c88ab4e118e948eb1852511d0000000e',
    '{"type":"webauthn.get","challenge":"nbEHv1gyPl9KKd186wpk_eRrNPVrgvvPODCtmMDoAIE","origin":"https://sign.example.com","crossOrigin":false}',
    'df7c0ec9363391f7e1d1afceed9ec7e35a79adb7d6039ccd0ff2354b90422aea70e9a7256c33a788cfe3c4d6c552e494266f4fdc13ef2261a5637a66a02102fc',
  ),
  passkey(
    'passkey, another challenge', false,
    '081d532c15e73a64d82737f5b0f93d7332b5bc85d6c88ab4e118e948eb1852511d0000000b',
    '{"type":"webauthn.get","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","origin":"https://sign.example.cn","crossOrigin":false}',
    '4d868bee599aba5cd4dd3494f89c3f5a976f81c4e3d6b2bc3c2c67b34ff9e3f8998fe5296579cc2aa2c188609c34b8325996bff8f447f553ace566c0783a592c',
  ),
  passkey(
    'passkey, in a frame of another site', false,
    '081d532c15e73a64d82737f5b0f93d7332b5bc85d6c88ab4e118e948eb1852511d00000017',
    '{"type":"webauthn.get","challenge":"nbEHv1gyPl9KKd186wpk_eRrNPVrgvvPODCtmMDoAIE","origin":"https://sign.example.cn","crossOrigin":true}',
    '36916c6a129d47556712b6c51b046180c90cca6ce65486e6fc150a2e890e21b1d35cc15aec78829611b5a35fd1385043810c7ab19edbd88bce495ed4c790df8d',
  ),
  passkey(
    'passkey, another relying party', false,
    '0bda735eaac97eb34a98befabaa4acb25b2ff55046344bb311ed60717fcd57991d00000022',
    '{"type":"webauthn.get","challenge":"nbEHv1gyPl9KKd186wpk_eRrNPVrgvvPODCtmMDoAIE","origin":"https://sign.example.cn","crossOrigin":false}',
    '12f2fe6756f8b525d2ef0b52dc45b4d8ae94daf609125fca9f5f6ea0552fcdee8626424254f2ad5cd799ebebd2812d2c3baae9bf63d682be86aac4d0342c14a9',
  ),
  passkey(
    'passkey, nobody was verified', false,
    '081d532c15e73a64d82737f5b0f93d7332b5bc85d6c88ab4e118e948eb1852511900000024',
    '{"type":"webauthn.get","challenge":"nbEHv1gyPl9KKd186wpk_eRrNPVrgvvPODCtmMDoAIE","origin":"https://sign.example.cn","crossOrigin":false}',
    '007e2813c413a49289967c0d7b6441937f5544222a5e3f2f776b655986c5bde411f48a56735e60dbe4c47fee3b4d4b52abcd141684952bae08cfdd780214c4aa',
  ),
  passkey(
    'passkey, nobody touched the key', false,
    '081d532c15e73a64d82737f5b0f93d7332b5bc85d6c88ab4e118e948eb1852511c00000023',
    '{"type":"webauthn.get","challenge":"nbEHv1gyPl9KKd186wpk_eRrNPVrgvvPODCtmMDoAIE","origin":"https://sign.example.cn","crossOrigin":false}',
    'e8f5c59a5dd4aa60cb353e5b98a6d99ffa7d12020500f0326a17616b8f80d158840784cbc176980dfaf9c4b675772776c76ca848c2c3582156fd9b2f4131adb4',
  ),
];
