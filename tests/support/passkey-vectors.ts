import { writeFileSync } from 'node:fs';
import type { KeyRecord } from '#libs/contracts';
import { toHex } from '#libs/envelope';
import { assertionBytes, makePasskey, RP, VERIFIED, type Lies } from './passkey';

/** One assertion of `tests/vectors/suites/webauthn-es256.json`: `valid` is what the key `key` must say of it. */
export interface PasskeyVector {
  readonly why: string;
  readonly bytesHex: string;
  readonly sigHex: string;
  readonly valid: boolean;
  readonly counter: number | null;
}

export interface PasskeyVectors {
  readonly about: string;
  readonly key: KeyRecord;
  readonly cases: readonly PasskeyVector[];
}

const [ORIGIN = '', PHONE = ''] = RP.origins;
const padded = (text: string): string => `${text}=`;

const GOOD: readonly (readonly [string, Lies])[] = [
  ['as a browser signs', {}],
  ['a second origin that the record names', { clientData: { origin: PHONE } }],
  ['no word about frames', { clientData: { crossOrigin: undefined } }],
  ['a field that the browser added', { clientData: { other_keys_can_be_added_here: 'do not compare clientDataJSON against a template' } }],
  ['a key bound to one device', { flags: 0x05 }],
  ['an authenticator that does not count', { counter: 0 }],
  ['fields in another order, and blanks', { clientText: (text) => ` ${JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse()), null, 1)}\n` }],
];

const BAD: readonly (readonly [string, Lies])[] = [
  ['made when the key was registered', { clientData: { type: 'webauthn.create' } }],
  ['a payment', { clientData: { type: 'payment.get' } }],
  ['no type', { clientData: { type: undefined } }],
  ['another challenge', { clientData: { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } }],
  ['a padded challenge', { clientText: (text) => text.replace(/("challenge":"[^"]*)/, (head) => padded(head)) }],
  ['no challenge', { clientData: { challenge: undefined } }],
  ['another site', { clientData: { origin: 'https://sign.example.com' } }],
  ['the site without encryption', { clientData: { origin: 'http://sign.example.cn' } }],
  ['the site on another port', { clientData: { origin: `${ORIGIN}:8443` } }],
  ['a site below that the record does not name', { clientData: { origin: 'https://evil.sign.example.cn' } }],
  ['a site whose name begins like ours', { clientData: { origin: `${ORIGIN}.example.com` } }],
  ['an origin with a path', { clientData: { origin: `${ORIGIN}/` } }],
  ['an origin in capitals', { clientData: { origin: ORIGIN.toUpperCase() } }],
  ['a list of origins', { clientData: { origin: [ORIGIN] } }],
  ['no origin', { clientData: { origin: undefined } }],
  ['in a frame of another site', { clientData: { crossOrigin: true } }],
  ['a word about frames that is no truth value', { clientData: { crossOrigin: 'false' } }],
  ['under another page', { clientData: { topOrigin: 'https://other.example.cn' } }],
  ['under another page of ours', { clientData: { topOrigin: ORIGIN } }],
  ['the origin written twice', { clientText: (text) => text.replace('{', `{"origin":"https://evil.example.com",`) }],
  ['a field escaped to look like another', { clientText: (text) => text.replace('"origin"', '"or\\u0069gin"').replace('{', `{"origin":"https://evil.example.com",`) }],
  ['something after the JSON', { clientText: (text) => `${text}{}` }],
  ['a list for an object', { clientText: (text) => `[${text}]` }],
  ['a byte order mark', { clientText: (text) => `\uFEFF${text}` }],
  ['no JSON', { clientText: () => 'webauthn.get' }],
  ['client data of more than 1,024 bytes', { clientData: { padding: 'x'.repeat(1_024) } }],
  ['another relying party', { rpId: 'example.cn' }],
  ['nobody touched the key', { flags: VERIFIED & ~0x01 }],
  ['nobody was verified', { flags: VERIFIED & ~0x04 }],
  ['no flag at all', { flags: 0 }],
  ['backed up although it cannot be', { flags: 0x15 }],
  ['attested data announced', { flags: VERIFIED | 0x40 }],
  ['extensions announced', { flags: VERIFIED | 0x80 }],
  ['extensions behind the counter', { flags: VERIFIED | 0x80, authenticatorData: (head) => Uint8Array.of(...head, 0xa0) }],
  ['a byte behind the counter', { authenticatorData: (head) => Uint8Array.of(...head, 0) }],
  ['half a counter', { authenticatorData: (head) => head.subarray(0, 36) }],
];

/** Makes the file anew; the private key lives only as long as this call. */
export async function writePasskeyVectors(file: string): Promise<void> {
  const passkey = await makePasskey();
  const bytes = new TextEncoder().encode('DSSEv1 40 application/vnd.clarion.approval.v1+json 2 {}');
  const cases: PasskeyVector[] = [];
  const add = (why: string, sig: Uint8Array, valid: boolean): void => {
    cases.push({ why, bytesHex: toHex(bytes), sigHex: toHex(sig), valid, counter: valid ? new DataView(sig.buffer, sig.byteOffset).getUint32(2 + 33) : null });
  };
  for (const [why, lies] of GOOD) add(why, passkey.signLying(bytes, lies), true);
  for (const [why, lies] of BAD) add(why, passkey.signLying(bytes, lies), false);
  const good = passkey.signLying(bytes, {});
  const turned = (at: number): Uint8Array => good.map((byte, index) => (index === at ? byte ^ 1 : byte));
  add('a byte at the end', Uint8Array.of(...good, 0), false);
  add('a byte short', good.subarray(0, good.length - 1), false);
  add('a bit of the counter turned', turned(2 + 36), false);
  add('a bit of the client data turned', turned(2 + 37 + 2 + 1), false);
  add('a bit of r turned', turned(good.length - 64), false);
  add('a bit of s turned', turned(good.length - 1), false);
  add('authenticator data said to be longer than there is', Uint8Array.of(0xff, 0xff, ...good.subarray(2)), false);
  add('r = s = 0', Uint8Array.of(...good.subarray(0, good.length - 64), ...new Uint8Array(64)), false);
  add('only r and s', good.subarray(good.length - 64), false);
  add('empty client data', assertionBytes(good.subarray(2, 39), new Uint8Array(), good.subarray(good.length - 64)), false);
  add('nothing', new Uint8Array(), false);
  const vectors: PasskeyVectors = { about: 'Assertions of one passkey in software, whose private key was thrown away. bytes is what was to be signed (PAE), sig as in an envelope.', key: passkey.key, cases };
  writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
}
