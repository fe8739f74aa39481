import { decodeEnvelope, encodeEnvelope, ENVELOPE_LIMITS, fromHex, pae, parseEnvelope, payloadTypeOf, toBase64, toHex, wordOf, type Envelope } from '#libs/envelope';
import envelopes from '../../../vectors/envelope/envelopes.json';
import paeVectors from '../../../vectors/envelope/pae.json';

const KEY = 'a'.repeat(64);
const utf8 = (text: string) => new TextEncoder().encode(text);
const small: Envelope = { payloadType: payloadTypeOf('stop'), payload: toBase64(utf8('{}')), signatures: [{ keyid: KEY, sig: 'AAAA' }] };

type Vector = { name: string; envelope: unknown; ok?: boolean; code?: string };
const vectors: readonly Vector[] = envelopes;

describe('envelope', () => {
  it.each(vectors.filter(({ ok }) => ok))('accepts $name', ({ envelope }) => {
    const parsed = parseEnvelope(envelope);
    expect(parsed).toMatchObject({ ok: true, envelope });
    expect(decodeEnvelope(utf8(JSON.stringify(envelope)))).toEqual(parsed);
    if (parsed.ok) expect(decodeEnvelope(encodeEnvelope(parsed.envelope))).toEqual(parsed);
  });

  it.each(vectors.filter(({ ok }) => !ok))('refuses $name', ({ envelope, code }) => {
    expect(parseEnvelope(envelope)).toEqual({ ok: false, code });
    expect(decodeEnvelope(utf8(JSON.stringify(envelope)))).toEqual({ ok: false, code });
  });

  it('hands out the payload bytes untouched', () => {
    const payload = utf8(' {"b":1,  "a":2}\n');
    const parsed = parseEnvelope({ ...small, payload: toBase64(payload) });
    expect(parsed).toMatchObject({ ok: true, payload });
  });

  it('accepts 65,536 payload bytes and refuses one more', () => {
    const holding = (length: number) => ({ ...small, payload: toBase64(new Uint8Array(length)) });
    expect(parseEnvelope(holding(65536))).toMatchObject({ ok: true });
    expect(parseEnvelope(holding(65537))).toEqual({ ok: false, code: 'envelope-payload-size' });
    expect(parseEnvelope(holding(200_000))).toEqual({ ok: false, code: 'envelope-payload-size' });
  });

  it('fits on the wire when everything in it is as large as allowed', () => {
    const full: Envelope = {
      payloadType: payloadTypeOf('a'.repeat(32)),
      payload: toBase64(new Uint8Array(ENVELOPE_LIMITS.maxPayloadBytes)),
      signatures: Array.from({ length: ENVELOPE_LIMITS.maxSignatures }, (_, i) => ({
        keyid: i.toString(16).padStart(64, '0'), sig: toBase64(new Uint8Array(ENVELOPE_LIMITS.maxSignatureBytes)),
      })),
    };
    expect(decodeEnvelope(encodeEnvelope(full))).toMatchObject({ ok: true });
  });

  it('refuses a wire text with a field written twice', () => {
    const wire = new TextDecoder().decode(encodeEnvelope(small)).replace('{', '{"payload":"e30=",');
    expect(decodeEnvelope(utf8(wire))).toEqual({ ok: false, code: 'json-duplicate-key' });
  });

  it('does not look for fields in a prototype', () => {
    expect(parseEnvelope(Object.create(small))).toEqual({ ok: false, code: 'envelope-shape' });
  });
});

describe('payload type', () => {
  it('carries the word there and back', () => {
    expect(payloadTypeOf('dispatch')).toBe('application/vnd.clarion.dispatch.v1+json');
    expect(wordOf(payloadTypeOf('dispatch'))).toBe('dispatch');
    expect(wordOf('application/vnd.other.dispatch.v1+json')).toBeUndefined();
  });

  it.each(['', 'Stop', 'a b', '号', '-a', 'a'.repeat(33), 'a\n'])('refuses to name a type after %j', (word) => {
    expect(() => payloadTypeOf(word)).toThrow(expect.objectContaining({ code: 'payload-type-word' }));
  });
});

describe('bytes to be signed', () => {
  it.each(paeVectors)('are those of $name', ({ payloadType, payload, pae: expected }) => {
    expect(toHex(pae(payloadType, fromHex(payload) ?? new Uint8Array(9)))).toBe(expected);
  });

  it('differ when a byte moves between type and payload', () => {
    expect(toHex(pae('a', utf8('b 1 c')))).not.toBe(toHex(pae('a 5 b', utf8('1 c'))));
  });
});
