import { decodeEnvelope, encodeEnvelope, encodePayload, parseEnvelope, payloadTypeOf, toBase64, type Envelope } from '#libs/envelope';
import {
  addSignature, createVerificationCache, generateKey, signEnvelope, verifiedSignatures, type GeneratedKey, type KeyRecord,
} from '#libs/suites';

const payload = encodePayload({ stopId: 'x' });

function keyring(...keys: readonly GeneratedKey[]): readonly KeyRecord[] {
  return keys.map(({ key }) => key);
}

function turnBit(value: Uint8Array, bit: number): Uint8Array {
  const turned = Uint8Array.from(value);
  turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
}

let ed: GeneratedKey;
let es: GeneratedKey;
let stranger: GeneratedKey;
let signed: Envelope;

beforeAll(async () => {
  [ed, es, stranger] = await Promise.all([generateKey('ed25519'), generateKey('es256'), generateKey('ed25519')]);
  signed = await signEnvelope('stop', payload, [ed.signer, es.signer]);
});

describe('signed envelope', () => {
  it('is accepted by the parser and holds for each of its keys', () => {
    expect(parseEnvelope(signed)).toMatchObject({ ok: true, payload });
    expect(verifiedSignatures(signed, payload, keyring(ed, es))).toEqual([ed.key, es.key]);
  });

  it('holds only for the keys the verifier knows', () => {
    expect(verifiedSignatures(signed, payload, keyring(es, stranger))).toEqual([es.key]);
    expect(verifiedSignatures(signed, payload, keyring())).toEqual([]);
  });

  it('grows by a signature over the same bytes and leaves the first untouched', async () => {
    const more = await addSignature(signed, stranger.signer);
    expect(signed.signatures).toHaveLength(2);
    expect(more.payload).toBe(signed.payload);
    expect(verifiedSignatures(more, payload, keyring(ed, es, stranger))).toHaveLength(3);
  });

  it('does not let one key sign twice, nobody sign, or seventeen sign', async () => {
    await expect(addSignature(signed, ed.signer)).rejects.toMatchObject({ code: 'suite-signature-twice' });
    await expect(signEnvelope('stop', payload, [])).rejects.toMatchObject({ code: 'suite-no-signer' });
    const many = await Promise.all(Array.from({ length: 17 }, () => generateKey('ed25519')));
    await expect(signEnvelope('stop', payload, many.map(({ signer }) => signer))).rejects.toMatchObject({ code: 'suite-too-many-signatures' });
    await expect(addSignature({ ...signed, payload: 'e31=' }, stranger.signer)).rejects.toMatchObject({ code: 'suite-payload' });
  });

  it('counts a key once although its signature stands there twice', () => {
    const [first] = signed.signatures;
    const twice = { ...signed, signatures: first === undefined ? [] : [first, first, { ...first }] };
    expect(verifiedSignatures(twice, payload, keyring(ed, es))).toEqual([ed.key]);
  });

  it('does not hold under another type, over other bytes or with signatures exchanged', () => {
    expect(verifiedSignatures({ ...signed, payloadType: payloadTypeOf('dispatch') }, payload, keyring(ed, es))).toEqual([]);
    expect(verifiedSignatures(signed, encodePayload({ stopId: 'y' }), keyring(ed, es))).toEqual([]);
    const [a, b] = signed.signatures;
    const exchanged = { ...signed, signatures: [{ keyid: a?.keyid ?? '', sig: b?.sig ?? '' }, { keyid: b?.keyid ?? '', sig: a?.sig ?? '' }] };
    expect(verifiedSignatures(exchanged, payload, keyring(ed, es))).toEqual([]);
  });

  it('keeps its good signatures when a bad one stands beside them', () => {
    const spoiled = { ...signed, signatures: [{ keyid: stranger.key.keyId, sig: toBase64(new Uint8Array(64)) }, ...signed.signatures, { keyid: 'x', sig: '*' }] };
    expect(verifiedSignatures(spoiled, payload, keyring(ed, es, stranger))).toEqual([ed.key, es.key]);
  });

  it('gives nothing to a record that stands under a key id not its own', () => {
    const borrowed = [{ ...stranger.key, keyId: ed.key.keyId }];
    const cache = createVerificationCache(10);
    verifiedSignatures(signed, payload, keyring(ed), cache);
    expect(verifiedSignatures(signed, payload, borrowed)).toEqual([]);
    expect(verifiedSignatures(signed, payload, borrowed, cache)).toEqual([]);
  });
});

describe('hostile bits', () => {
  it('never lets an envelope with one turned bit hold for more than it says: every bit of a small one', async () => {
    const one = await signEnvelope('stop', payload, [ed.signer]);
    const wire = encodeEnvelope(one);
    const keys = keyring(ed);
    let survivedShape = 0;
    for (let bit = 0; bit < wire.length * 8; bit++) {
      const parsed = decodeEnvelope(turnBit(wire, bit));
      if (!parsed.ok) continue;
      survivedShape++;
      expect(verifiedSignatures(parsed.envelope, parsed.payload, keys)).toEqual([]);
    }
    expect(survivedShape).toBeGreaterThan(100);
  });

  it('never lets a turned bit of a double-signed envelope hold for both keys', () => {
    const wire = encodeEnvelope(signed);
    const keys = keyring(ed, es);
    for (let bit = 0; bit < wire.length * 8; bit++) {
      const parsed = decodeEnvelope(turnBit(wire, bit));
      if (parsed.ok) expect(verifiedSignatures(parsed.envelope, parsed.payload, keys).length).toBeLessThan(2);
    }
  });
});

describe('verification cache', () => {
  function counting() {
    const inner = createVerificationCache(100);
    let made = 0;
    return {
      made: () => made,
      cache: { get: (question: string) => inner.get(question), set: (question: string, holds: boolean) => { made++; inner.set(question, holds); } },
    };
  }

  it('verifies each signature once for any number of readers', () => {
    const { cache, made } = counting();
    for (let terminal = 0; terminal < 600; terminal++) {
      expect(verifiedSignatures(signed, payload, keyring(ed, es), cache)).toHaveLength(2);
    }
    expect(made()).toBe(2);
  });

  it('never answers for another payload, type, key or signature', () => {
    const { cache } = counting();
    const keys = keyring(ed, es);
    expect(verifiedSignatures(signed, payload, keys, cache)).toHaveLength(2);
    expect(verifiedSignatures(signed, encodePayload({ stopId: 'y' }), keys, cache)).toEqual([]);
    expect(verifiedSignatures({ ...signed, payloadType: payloadTypeOf('dispatch') }, payload, keys, cache)).toEqual([]);
    const [a, b] = signed.signatures;
    const exchanged = { ...signed, signatures: [{ keyid: a?.keyid ?? '', sig: b?.sig ?? '' }] };
    expect(verifiedSignatures(exchanged, payload, keys, cache)).toEqual([]);
    expect(verifiedSignatures(signed, payload, keys, cache)).toHaveLength(2);
  });

  it('forgets the oldest and stays within its size', () => {
    const cache = createVerificationCache(2);
    cache.set('a', true);
    cache.set('b', false);
    cache.set('a', true);
    cache.set('c', true);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([true, undefined, true]);
    cache.set('c', false);
    expect([cache.get('a'), cache.get('c')]).toEqual([true, false]);
    expect(() => createVerificationCache(0)).toThrow(RangeError);
  });
});
