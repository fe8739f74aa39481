import { keyRecordSchema } from '#libs/contracts';
import { encodePayload, fromHex } from '#libs/envelope';
import { checkKeyRecord, keyIdOf, readAssertion, signEnvelope, verifiedSignatures, verify, type KeyRecord } from '#libs/suites';
import { makePasskey, RP } from '../../../support/passkey';
import type { PasskeyVector } from '../../../support/passkey-vectors';
import file from '../../../vectors/suites/webauthn-es256.json';

const key = keyRecordSchema.parse(file.key);
const cases: readonly PasskeyVector[] = file.cases;
const hex = (text: string) => fromHex(text) ?? new Uint8Array(1);
const utf8 = (text: string) => new TextEncoder().encode(text);

describe('passkey vectors', () => {
  it.each(cases)('$why: $valid', ({ bytesHex, sigHex, valid, counter }) => {
    expect(verify(key, hex(bytesHex), hex(sigHex))).toBe(valid);
    if (counter !== null) expect(readAssertion(hex(sigHex))?.counter).toBe(counter);
  });

  it('hold for no other bytes', () => {
    for (const { sigHex } of cases) expect(verify(key, utf8('another approval'), hex(sigHex))).toBe(false);
  });
});

describe('a passkey', () => {
  it('signs an envelope like any other key', async () => {
    const passkey = await makePasskey();
    const payload = encodePayload({ decision: 'approve' });
    const envelope = await signEnvelope('approval', payload, [passkey]);
    expect(verifiedSignatures(envelope, payload, [passkey.key])).toEqual([passkey.key]);
    expect(verifiedSignatures(envelope, encodePayload({ decision: 'return' }), [passkey.key])).toEqual([]);
    expect(envelope.signatures[0]?.sig.length).toBeLessThanOrEqual(2_048);
  });

  it('is good for the relying party of its record alone, also when it is warm under another', async () => {
    const passkey = await makePasskey();
    const sig = await passkey.sign(utf8('x'));
    const elsewhere = (rp: typeof RP): KeyRecord => ({ ...passkey.key, rp });
    for (let time = 0; time < 2; time++) {
      expect(verify(passkey.key, utf8('x'), sig)).toBe(true);
      expect(verify(elsewhere({ ...RP, origins: ['https://phone.sign.example.cn'] }), utf8('x'), sig)).toBe(false);
      expect(verify(elsewhere({ id: 'example.cn', origins: RP.origins }), utf8('x'), sig)).toBe(false);
    }
  });

  const fake = (record: object): KeyRecord => record as KeyRecord;

  it('has a relying party, and nothing else has one', async () => {
    const passkey = await makePasskey();
    const { rp, ...bare } = passkey.key;
    expect(checkKeyRecord(fake(bare))).toEqual({ ok: false, code: 'key-rp' });
    expect(checkKeyRecord(fake({ ...bare, rp: undefined }))).toEqual({ ok: false, code: 'key-rp' });
    const es256 = { alg: 'es256', spki: bare.spki, keyId: keyIdAs('es256', bare.spki) };
    expect(checkKeyRecord(fake(es256))).toEqual({ ok: true });
    expect(checkKeyRecord(fake({ ...es256, rp }))).toEqual({ ok: false, code: 'key-rp' });
  });

  it.each<[string, object]>([
    ['an address', { id: '10.1.2.3', origins: ['https://10.1.2.3'] }],
    ['capitals', { id: 'Sign.example.cn', origins: ['https://sign.example.cn'] }],
    ['an origin of another host', { id: 'example.cn', origins: ['https://example.com'] }],
    ['an origin that only ends like the host', { id: 'example.cn', origins: ['https://evilexample.cn'] }],
    ['no encryption', { id: 'example.cn', origins: ['http://example.cn'] }],
    ['a path', { id: 'example.cn', origins: ['https://example.cn/'] }],
    ['the default port', { id: 'example.cn', origins: ['https://example.cn:443'] }],
    ['somebody in the origin', { id: 'example.cn', origins: ['https://a@example.cn'] }],
    ['no origin', { id: 'example.cn', origins: [] }],
    ['five origins', { id: 'example.cn', origins: [1, 2, 3, 4, 5].map((n) => `https://p${n}.example.cn`) }],
    ['an origin twice', { id: 'example.cn', origins: ['https://example.cn', 'https://example.cn'] }],
    ['another field', { id: 'example.cn', origins: ['https://example.cn'], name: 'x' }],
  ])('takes no relying party with %s', async (_, rp) => {
    const passkey = await makePasskey();
    expect(checkKeyRecord(fake({ ...passkey.key, rp }))).toEqual({ ok: false, code: 'key-rp' });
  });

  it.each([
    { id: 'localhost', origins: ['http://localhost', 'http://localhost:8081'] },
    { id: 'example.cn', origins: ['https://example.cn', 'https://sign.example.cn:8443'] },
  ])('takes $id', async (rp) => {
    const passkey = await makePasskey(rp);
    expect(checkKeyRecord(passkey.key)).toEqual({ ok: true });
    expect(verify(passkey.key, utf8('x'), await passkey.sign(utf8('x')))).toBe(true);
  });

  it('counts its signatures, or says nothing', async () => {
    const [counting, silent] = [await makePasskey(), await makePasskey(RP, null)];
    const counters = [];
    for (const one of [counting, counting, silent, silent]) counters.push(readAssertion(await one.sign(utf8('x')))?.counter);
    expect(counters).toEqual([1, 2, 0, 0]);
  });
});

function keyIdAs(alg: 'es256', spki: string): string {
  return keyIdOf(alg, Buffer.from(spki, 'base64'));
}
