import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fromHex, pae, toBase64, toHex } from '#libs/envelope';
import { checkKeyRecord, keyIdOf, verify, type KeyRecord, type SoftwareAlg } from '#libs/suites';
import { isClientData, isVerifiedPresence, readAssertion } from '../../../../libs/suites/assertion';
import { prepareP256 } from '../../../../libs/suites/p256';

/**
 * Vectors of others about keys, encodings and assertions (tests/vectors/README.md says whose, and where to put them). What
 * they call valid and ours refuses is named here with its reason; nothing that they call wrong is accepted.
 */
const samples = process.env['CLARION_SAMPLES'];
const at = (...parts: readonly string[]): string => path.join(samples ?? '/nowhere', 'crypto', ...parts);
const read = <T>(...parts: readonly string[]): T => JSON.parse(readFileSync(at(...parts), 'utf8')) as T;
/** Loudly skipped where the file is not there. */
function given(...parts: readonly string[]): jest.Describe {
  const has = samples !== undefined && existsSync(at(...parts));
  if (!has) console.warn(`SKIPPED: vectors made by others ($CLARION_SAMPLES/crypto/${parts.join('/')})`);
  return has ? describe : describe.skip;
}
const hex = (text: string): Uint8Array => fromHex(text.toLowerCase()) ?? new Uint8Array(1);
const recordOf = (alg: SoftwareAlg, spki: Uint8Array): KeyRecord => ({ keyId: keyIdOf(alg, spki), alg, spki: toBase64(spki) });
const ed25519 = (point: string) => recordOf('ed25519', hex(`302a300506032b6570032100${point}`));
const P256_HEAD = '3059301306072a8648ce3d020106082a8648ce3d030107034200';
const registered = (record: KeyRecord): string => {
  const check = checkKeyRecord(record);
  return check.ok ? 'ok' : check.code;
};

given('speccheck', 'cases.json')('the twelve cases on which Ed25519 implementations differ (speccheck)', () => {
  it('are answered as one verification without cofactor answers them, and no key of small order is registered', () => {
    const cases = read<{ message: string; pub_key: string; signature: string }[]>('speccheck', 'cases.json');
    expect(cases.map(({ pub_key: point }) => registered(ed25519(point)))).toEqual([...Array<string>(2).fill('key-point-small-order'), ...Array<string>(8).fill('ok'), ...Array<string>(2).fill('key-point-small-order')]);
    // 2: a key of mixed order with R of small order; 3: all of mixed order. Both hold without cofactor too (RFC 8032 5.1.7).
    expect(cases.flatMap(({ message, pub_key: point, signature }, index) => (verify(ed25519(point), hex(message), hex(signature)) ? [index] : []))).toEqual([2, 3]);
  });
});

given('cctv', 'ed25519vectors.json')('every mixture of low order and odd encodings (CCTV)', () => {
  interface Vector { readonly key: string; readonly sig: string; readonly msg: string; readonly flags: readonly string[] | null }
  it('is refused as a key where the key is of small order or not canonical, and accepted only where nothing is left over', () => {
    const vectors = read<Vector[]>('cctv', 'ed25519vectors.json').map((one) => ({ ...one, flags: one.flags ?? [] }));
    expect(vectors.length).toBeGreaterThan(900);
    const has = (flags: readonly string[], ...any: readonly string[]) => any.some((flag) => flags.includes(flag));
    const wrongKeys = vectors.filter(({ key, flags }) => (registered(ed25519(key)) === 'ok') === has(flags, 'low_order_A', 'non_canonical_A'));
    expect(wrongKeys.map(({ flags }) => flags)).toEqual([]);
    const holds = ({ key, msg, sig }: Vector) => verify(ed25519(key), new TextEncoder().encode(msg), hex(sig));
    const expected = ({ flags }: Vector) => !has(flags ?? [], 'low_order_A', 'non_canonical_A', 'non_canonical_R', 'low_order_residue', 'reencoded_k');
    expect(vectors.filter((one) => holds(one) !== expected(one))).toEqual([]);
  });
});

given('wycheproof', 'ecdh_secp256r1_test.json')('public keys of P-256 in every encoding (Wycheproof, ECDH)', () => {
  interface Test { readonly tcId: number; readonly public: string; readonly result: 'valid' | 'invalid' | 'acceptable' }
  it('are registered exactly where they are valid; what is only acceptable is refused', () => {
    const tests = read<{ testGroups: { tests: Test[] }[] }>('wycheproof', 'ecdh_secp256r1_test.json').testGroups.flatMap(({ tests: some }) => some);
    expect(tests.length).toBeGreaterThan(600);
    expect(tests.filter((test) => (registered(recordOf('es256', hex(test.public))) === 'ok') !== (test.result === 'valid')).map(({ tcId }) => tcId)).toEqual([]);
  });
});

given('wycheproof', 'ecdsa_secp256r1_sha256_test.json')('ECDSA over P-256 with SHA-256 in DER (Wycheproof)', () => {
  interface Test { readonly tcId: number; readonly msg: string; readonly sig: string; readonly result: string }
  it('answers alike for r and s taken out of the DER, and takes no DER as it is', () => {
    const groups = read<{ testGroups: { publicKeyDer: string; tests: Test[] }[] }>('wycheproof', 'ecdsa_secp256r1_sha256_test.json').testGroups;
    const all = groups.flatMap(({ publicKeyDer, tests }) => tests.map((test) => ({ ...test, record: recordOf('es256', hex(publicKeyDer)) })));
    expect(all.length).toBeGreaterThan(480);
    const wrong = all.filter(({ record, msg, sig, result }) => {
      const raw = rawOf(hex(sig));
      return (raw !== undefined && verify(record, hex(msg), raw)) !== (result === 'valid') || verify(record, hex(msg), hex(sig));
    });
    expect(wrong.map(({ tcId }) => tcId)).toEqual([]);
  });
});

given('webauthn', 'index.bs')('the assertions printed in WebAuthn Level 3 (16, ES256)', () => {
  const parts = () => readFileSync(at('webauthn', 'index.bs'), 'utf8').split(/^## /m).filter((part) => /^[^\n]*ES256[^\n]*sctn-test-vectors/.test(part));
  it('hold as signatures, each over its own bytes alone, and count where the person was verified on a page of the site itself', () => {
    const answers = parts().map((part) => {
      const name = /sctn-test-vectors-([a-zA-Z0-9-]+)/.exec(part)?.[1] ?? '';
      const field = (word: string, from = 0): Uint8Array => hex(new RegExp(`^${word} = h'([0-9a-f]+)'`, 'm').exec(part.slice(from))?.[1] ?? '0');
      const asked = part.indexOf('[=authentication ceremony|Authentication=]');
      const [, x, y] = /a5010203262001215820([0-9a-f]{64})225820([0-9a-f]{64})/.exec(toHex(field('attestationObject'))) ?? [];
      const spki = hex(`${P256_HEAD}04${x ?? ''}${y ?? ''}`);
      expect(registered(recordOf('es256', spki))).toBe('ok');
      const [data, client] = [field('authenticatorData', asked), field('clientDataJSON', asked)];
      const raw = rawOf(field('signature', asked)) ?? new Uint8Array(1);
      const assertion = readAssertion(Uint8Array.of(0, data.length, ...data, client.length >> 8, client.length & 255, ...client, ...raw));
      if (assertion === undefined) throw new Error(name);
      const signed = (bytes: Uint8Array) => prepareP256(spki).verify(Buffer.concat([data, createHash('sha256').update(bytes).digest()]), raw);
      const expected = { challenge: Buffer.from(field('challenge', asked)).toString('base64url'), origins: ['https://example.org'] };
      expect([signed(client), signed(Uint8Array.of(...client, 32)), toHex(assertion.rpIdHash)]).toEqual([true, false, createHash('sha256').update('example.org').digest('hex')]);
      return [name, isVerifiedPresence(assertion.flags), isClientData(client, expected)];
    });
    expect(answers).toEqual([
      ['none-es256', false, true], ['packed-self-es256', false, true], ['none-es256-crossOrigin', true, false], ['none-es256-topOrigin', true, false],
      ['none-es256-long-credential-id', true, true], ['packed-es256', true, true],
      ['tpm-es256', true, true], ['android-key-es256', false, true], ['apple-es256', false, true], ['fido-u2f-es256', false, true],
    ]);
  });
});

given('dsse', 'protocol.md')('the example printed in the DSSE protocol text', () => {
  it('holds: ECDSA over P-256 with SHA-256, r and s, over the encoding that ours writes', () => {
    const text = readFileSync(at('dsse', 'protocol.md'), 'utf8');
    const printed = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
    const number = (name: string) => BigInt(printed(new RegExp(`^${name}: ([0-9]+)$`, 'm'))).toString(16).padStart(64, '0');
    const key = recordOf('es256', hex(`${P256_HEAD}04${number('X')}${number('Y')}`));
    const [type, payload, sig] = [printed(/"payloadType": "([^"]+)"/), Buffer.from(printed(/"payload": "([^"]+)"/), 'base64'), Buffer.from(printed(/"sig": "([^"]+)"/), 'base64')];
    expect([type, `${type}s`].map((one) => verify(key, pae(one, payload), sig))).toEqual([true, false]);
  });
});

/** r || s of an ECDSA-Sig-Value in strict DER; undefined for anything else, and for a number that 32 bytes cannot hold. */
function rawOf(der: Uint8Array): Uint8Array | undefined {
  const numbers: number[][] = [];
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  let place = 2;
  while (place < der.length) {
    const length = der[place + 1] ?? 0;
    const digits = [...der.subarray(place + 2, place + 2 + length)];
    const [first = 0x80, second = 0x80] = digits;
    if (der[place] !== 2 || digits.length !== length || first > 0x7f || (first === 0 && length > 1 && second < 0x80)) return undefined;
    const bare = first === 0 ? digits.slice(1) : digits;
    if (bare.length > 32) return undefined;
    numbers.push([...Array<number>(32 - bare.length).fill(0), ...bare]);
    place += 2 + length;
  }
  return numbers.length === 2 ? Uint8Array.from(numbers.flat()) : undefined;
}
