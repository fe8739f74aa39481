import fc from 'fast-check';
import { fromBase64, pae, parseEnvelope, payloadTypeOf, toBase64 } from '#libs/envelope';
import { generateKey, signEnvelope, verifiedSignatures } from '#libs/suites';
import { asked } from '../../../../support/properties';

const words = fc.constantFrom('root', 'charter', 'message', 'approval', 'dispatch', 'stop', 'receipt');
const types = words.map(payloadTypeOf);
const sound = fc.record({
  payloadType: types,
  payload: fc.uint8Array({ maxLength: 40 }).map(toBase64),
  signatures: fc.uniqueArray(fc.record({ keyid: hex(64), sig: fc.uint8Array({ minLength: 1, maxLength: 70 }).map(toBase64) }), { minLength: 1, maxLength: 16, selector: ({ keyid }) => keyid }),
});

function hex(length: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((digits) => digits.join(''));
}

/** Base64 as docs/protocol.md 6 wants it, by the platform's own lenient reader: what it writes again must be the same text. */
function isCanonical(text: unknown): boolean {
  return typeof text === 'string' && Buffer.from(text, 'base64').toString('base64') === text;
}

function hasExactly(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && [...Reflect.ownKeys(value)].map(String).sort().join() === [...names].sort().join();
}

/** docs/protocol.md 6 "Envelope", but for the list of words, which belongs to the place that asks. */
function mayBeEnvelope(value: unknown): boolean {
  if (!hasExactly(value, ['payloadType', 'payload', 'signatures'])) return false;
  const { payloadType, payload, signatures } = value;
  if (typeof payloadType !== 'string' || !/^application\/vnd\.clarion\.[a-z][a-z0-9-]{0,31}\.v1\+json$/.test(payloadType)) return false;
  if (!isCanonical(payload) || Buffer.from(String(payload), 'base64').length > 65_536) return false;
  if (!Array.isArray(signatures) || signatures.length < 1 || signatures.length > 16) return false;
  const ids = signatures.map((one: unknown) => (hasExactly(one, ['keyid', 'sig']) && typeof one['keyid'] === 'string' && /^[0-9a-f]{64}$/.test(one['keyid'])
    && isCanonical(one['sig']) && String(one['sig']).length >= 1 && String(one['sig']).length <= 2_048 ? one['keyid'] : null));
  return !ids.includes(null) && new Set(ids).size === ids.length;
}

const junk = fc.constantFrom<unknown>(null, 1, '', 'AA', 'AAA=', 'AAB=', 'AA==\n', 'A-_=', [], {}, ['x'], 'application/json', 'application/vnd.clarion.Message.v1+json', 'application/vnd.clarion.message.v2+json', undefined);
const faults = fc.oneof(
  fc.tuple(fc.constantFrom('payloadType', 'payload', 'signatures', 'extra'), junk).map(([field, value]) => (envelope: object) => ({ ...envelope, [field]: value })),
  fc.constantFrom('payloadType', 'payload', 'signatures').map((field) => (envelope: object) => Object.fromEntries(Object.entries(envelope).filter(([name]) => name !== field))),
  fc.tuple(fc.constantFrom('keyid', 'sig', 'extra'), junk).map(([field, value]) => (envelope: object) => eachSignature(envelope, ([first, ...rest]) => [{ ...Object(first), [field]: value }, ...rest])),
  fc.constant((envelope: object) => eachSignature(envelope, (list) => [...list, ...list.slice(0, 1)])),
  fc.constant((envelope: object) => eachSignature(envelope, ([first, ...rest]) => [{ ...Object(first), keyid: String(Object(first).keyid).toUpperCase() }, ...rest])),
  fc.constant((envelope: object) => eachSignature(envelope, () => [])),
  fc.constant((envelope: object) => eachSignature(envelope, () => Array.from({ length: 17 }, (_, at) => ({ keyid: at.toString(16).padStart(64, '0'), sig: 'AAAA' })))),
  fc.constantFrom(1_536, 1_539).map((bytes) => (envelope: object) => eachSignature(envelope, ([first]) => [{ ...Object(first), sig: toBase64(new Uint8Array(bytes)) }])),
  fc.constantFrom(65_535, 65_536, 65_537, 65_538).map((bytes) => (envelope: object) => ({ ...envelope, payload: toBase64(new Uint8Array(bytes)) })),
  fc.constant((envelope: object) => envelope),
);

function eachSignature(envelope: object, change: (list: readonly unknown[]) => readonly unknown[]): object {
  const { signatures } = Object(envelope);
  return { ...envelope, signatures: change(Array.isArray(signatures) ? signatures : []) };
}

describe('an envelope', () => {
  it('is taken exactly when docs/protocol.md says so', () => {
    fc.assert(fc.property(sound, fc.array(faults, { maxLength: 2 }), (envelope, changes) => {
      const value = changes.reduce<object>((at, change) => change(at), envelope);
      expect(parseEnvelope(value).ok).toBe(mayBeEnvelope(value));
    }), asked(600));
  });

  it('holds base64 in one spelling only', () => {
    const texts = fc.array(fc.constantFrom(...'ABCDabcd0189+/-_= \n'), { maxLength: 9 }).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 12 }).map(toBase64)), (text) => {
      const bytes = fromBase64(text);
      expect(bytes !== undefined).toBe(isCanonical(text));
      if (bytes !== undefined) expect(Buffer.from(bytes).toString('base64')).toBe(text);
    }), asked(1_500));
  });

  it('is signed over type, lengths and bytes as DSSE writes them, and no two envelopes over the same bytes', () => {
    const texts = fc.oneof(types, fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('', '0 ', '1 a', 'a 1 '));
    const parts = fc.tuple(texts, fc.oneof(fc.uint8Array({ maxLength: 12 }), texts.map((text) => new TextEncoder().encode(text))));
    fc.assert(fc.property(parts, parts, ([type, payload], [otherType, otherPayload]) => {
      const model = (of: string, bytes: Uint8Array) => Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(of)} ${of} ${bytes.length} `), bytes]).toString('hex');
      const made = Buffer.from(pae(type, payload)).toString('hex');
      expect(made).toBe(model(type, payload));
      const same = type === otherType && Buffer.from(payload).equals(Buffer.from(otherPayload));
      expect(made === Buffer.from(pae(otherType, otherPayload)).toString('hex')).toBe(same);
    }), asked(600));
  });

  it('holds for the very bytes, kind and key that were signed, and with one bit changed for none', async () => {
    const [one, two] = [await generateKey('ed25519'), await generateKey('es256')];
    const known = [one.key, two.key];
    await fc.assert(fc.asyncProperty(words, words, fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), async (word, otherWord, payload, bit) => {
      const envelope = await signEnvelope(word, payload, [one.signer, two.signer]);
      const holding = (type: string, bytes: Uint8Array) => verifiedSignatures({ ...envelope, payloadType: type }, bytes, known).length;
      expect(holding(envelope.payloadType, payload)).toBe(2);
      const changed = payload.map((byte, at) => (at === Math.floor(bit / 8) % payload.length ? byte ^ (1 << (bit % 8)) : byte));
      expect(holding(envelope.payloadType, changed)).toBe(0);
      expect(holding(payloadTypeOf(otherWord), payload)).toBe(otherWord === word ? 2 : 0);
    }), asked(25));
  });
});
