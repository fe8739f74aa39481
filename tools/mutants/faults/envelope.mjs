// Bytes, strict JSON, envelopes, signatures and keys: everything before a payload is read.
const ENVELOPE = 'tests/unit/libs/envelope/';
const SUITES = 'tests/unit/libs/suites/';

export const envelopeFaults = [
  {
    name: 'json-duplicate-key', file: 'libs/envelope/strict-json.ts', why: 'one text with two meanings', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: "if (Object.hasOwn(object, key)) this.refuse('json-duplicate-key', keyAt);", replace: '',
  },
  {
    name: 'json-prototype-key', file: 'libs/envelope/strict-json.ts', why: '`__proto__` reaches into careless code', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: "if (FORBIDDEN_KEYS.has(key)) this.refuse('json-forbidden-key', keyAt);", replace: '',
  },
  {
    name: 'json-depth-one-more', file: 'libs/envelope/strict-json.ts', why: 'depth 17 instead of 16', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: 'if (depth > this.maxDepth)', replace: 'if (depth > this.maxDepth + 1)',
  },
  {
    name: 'json-size-unchecked', file: 'libs/envelope/strict-json.ts', why: 'a text of any length is read', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: 'if (bytes.length > limits.maxBytes)', replace: 'if (bytes.length > limits.maxBytes * 2)',
  },
  {
    name: 'json-trailing-bytes', file: 'libs/envelope/strict-json.ts', why: 'something may stand after the value', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: "if (this.at !== this.text.length) this.refuse('json-syntax');", replace: '',
  },
  {
    name: 'json-unsafe-integer', file: 'libs/envelope/strict-json.ts', why: 'a number above 2^53 changes while it is read', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: "if (!Number.isSafeInteger(value)) this.refuse('json-number', startedAt);", replace: '',
  },
  {
    name: 'json-lone-surrogate', file: 'libs/envelope/strict-json.ts', why: 'half a character is no text', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: 'if (escaped && !isWellFormed(result))', replace: 'if (!escaped && !isWellFormed(result))',
  },
  {
    name: 'json-byte-order-mark', file: 'libs/envelope/strict-json.ts', why: 'two spellings of one text', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })", replace: "new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })",
  },
  {
    name: 'json-bad-utf8', file: 'libs/envelope/strict-json.ts', why: 'bytes that are no text are mended instead of refused', suites: [`${ENVELOPE}strict-json.spec.ts`],
    find: "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })", replace: "new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })",
  },
  {
    name: 'base64-stray-bits', file: 'libs/envelope/bytes.ts', why: 'two spellings of one signature', suites: [`${ENVELOPE}bytes.spec.ts`],
    find: 'return (word & ((1 << bits) - 1)) === 0 ? bytes : undefined;', replace: 'return bytes;',
  },
  {
    name: 'base64-other-characters', file: 'libs/envelope/bytes.ts', why: 'what is no digit of base64 is read as one', suites: [`${ENVELOPE}bytes.spec.ts`],
    find: 'if (seen > 63) return undefined;', replace: '',
  },
  {
    name: 'base64-no-padding', file: 'libs/envelope/bytes.ts', why: 'base64 that is not whole', suites: [`${ENVELOPE}bytes.spec.ts`],
    find: 'if (text.length % 4 !== 0) return undefined;', replace: 'text = text.padEnd(Math.ceil(text.length / 4) * 4, "=");',
  },
  {
    name: 'envelope-extra-field', file: 'libs/envelope/envelope.ts', why: 'a field that nobody signed', suites: [`${ENVELOPE}envelope.spec.ts`],
    find: 'if (Reflect.ownKeys(value).length !== names.length) return undefined;', replace: '',
  },
  {
    name: 'envelope-keyid-twice', file: 'libs/envelope/envelope.ts', why: 'one key counted as two', suites: [`${ENVELOPE}envelope.spec.ts`],
    find: "if (signatures.some((other) => other.keyid === keyid)) return refuse('envelope-keyid-twice');", replace: '',
  },
  {
    name: 'envelope-many-signatures', file: 'libs/envelope/envelope.ts', why: 'more signatures than anybody may make us check', suites: [`${ENVELOPE}envelope.spec.ts`],
    find: 'list.length > ENVELOPE_LIMITS.maxSignatures', replace: 'list.length > ENVELOPE_LIMITS.maxSignatures + 1',
  },
  {
    name: 'pae-without-type', file: 'libs/envelope/pae.ts', why: 'an approval taken for a message', suites: [`${ENVELOPE}envelope.spec.ts`],
    find: '${type.length} ${payloadType} ${payload.length} ', replace: '${type.length} ${payload.length} ',
  },
  {
    name: 'pae-length-in-characters', file: 'libs/envelope/pae.ts', why: 'another implementation signs other bytes', suites: [`${ENVELOPE}envelope.spec.ts`],
    find: 'DSSEv1 ${type.length} ', replace: 'DSSEv1 ${payloadType.length} ',
  },
  {
    name: 'signature-any-holds', file: 'libs/suites/envelope-signatures.ts', why: 'a signature that does not hold', suites: [`${SUITES}envelope-signatures.spec.ts`],
    find: "typeof key !== 'string' && holds(key, name, sig)", replace: "typeof key !== 'string' && (holds(key, name, sig) || sig.length > 0)",
  },
  {
    name: 'signature-over-payload-only', file: 'libs/suites/envelope-signatures.ts', why: 'the kind is not covered', suites: [`${SUITES}envelope-signatures.spec.ts`],
    find: '  const bytes = pae(envelope.payloadType, payload);\n  return', replace: '  const bytes = payload;\n  return',
  },
  {
    name: 'signature-memory-without-payload', file: 'libs/suites/envelope-signatures.ts', why: 'a signature remembered for one payload counts for all', suites: [`${SUITES}envelope-signatures.spec.ts`],
    find: '`${digestIn(cache, envelope.payloadType, payload)}.${name}.${sig}`', replace: '`${name}.${sig}`',
  },
  {
    name: 'key-id-borrowed', file: 'libs/suites/key-record.ts', why: 'another key under a known name', suites: [`${SUITES}key-record.spec.ts`],
    find: "if (keyIdOf(record.alg, spki) !== record.keyId) return 'key-id-mismatch';", replace: '',
  },
  {
    name: 'key-memory-by-id-alone', file: 'libs/suites/key-record.ts', why: 'a warm cache answers for a key that borrowed the id', suites: [`${SUITES}key-record.spec.ts`],
    find: 'known !== undefined && known.alg === record.alg && known.spki === record.spki && known.rp === rp', replace: 'known !== undefined && known.rp === rp',
  },
  {
    name: 'key-small-order', file: 'libs/suites/ed25519.ts', why: 'one constant signature holds for every message', suites: [`${SUITES}key-record.spec.ts`],
    find: "if (SMALL_ORDER_Y.has(y % P)) return 'key-point-small-order';", replace: '',
  },
  {
    name: 'key-not-canonical', file: 'libs/suites/ed25519.ts', why: 'one key with two names', suites: [`${SUITES}key-record.spec.ts`],
    find: "if (y >= P) return 'key-point-not-canonical';", replace: '',
  },
  {
    name: 'key-off-curve', file: 'libs/suites/field.ts', why: 'a point that is on another curve', suites: [`${SUITES}key-record.spec.ts`],
    find: "=== 0n ? undefined : 'key-point-off-curve'", replace: "=== 0n ? undefined : undefined",
  },
  {
    name: 'key-square-without-reciprocity', file: 'libs/suites/is-square.ts', why: 'points off the curve pass and good keys are refused', suites: [`${SUITES}is-square.spec.ts`],
    find: 'if (low % 4 === 3 && odd % 4 === 3) sign = -sign;', replace: '',
  },
  {
    name: 'passkey-origin-unasked', file: 'libs/suites/assertion.ts', why: 'a signature given on another site', suites: [`${SUITES}webauthn-es256.spec.ts`],
    find: "typeof origin === 'string' && origins.includes(origin)", replace: "typeof origin === 'string'",
  },
  {
    name: 'passkey-challenge-unasked', file: 'libs/suites/assertion.ts', why: 'a passkey\'s signature over something else', suites: [`${SUITES}webauthn-es256.spec.ts`],
    find: " && fields.get('challenge') === challenge", replace: '',
  },
  {
    name: 'passkey-inside-another-site', file: 'libs/suites/assertion.ts', why: 'a signing page in a frame of somebody else', suites: [`${SUITES}webauthn-es256.spec.ts`],
    find: "(!fields.has('crossOrigin') || fields.get('crossOrigin') === false) && ", replace: '',
  },
  {
    name: 'passkey-without-verification', file: 'libs/suites/assertion.ts', why: 'whoever holds the device signs', suites: [`${SUITES}webauthn-es256.spec.ts`],
    find: ' && has(FLAGS.userVerified)', replace: '',
  },
  {
    name: 'passkey-of-another-site', file: 'libs/suites/webauthn-es256.ts', why: 'a passkey made for another relying party', suites: [`${SUITES}webauthn-es256.spec.ts`],
    find: ' || !equal(assertion.rpIdHash, rpIdHash())', replace: '',
  },
  {
    name: 'passkey-of-a-warm-record', file: 'libs/suites/key-record.ts', why: 'a warm key answers for a record with other origins', suites: [`${SUITES}webauthn-es256.spec.ts`],
    find: ' && known.rp === rp) return known.key;', replace: ') return known.key;',
  },
  {
    name: 'sm2-without-user-id', file: 'libs/suites/sm2-sm3.ts', why: 'another signature than the standard\'s', suites: [`${SUITES}sm2-sm3.spec.ts`],
    find: 'Buffer.concat([identity, bytes])', replace: 'Buffer.concat([bytes])',
  },
  {
    name: 'sm2-sum-at-infinity', file: 'libs/suites/sm2-sm3.ts', why: 'a point that has no x is taken for x = 0, as the library does', suites: [`${SUITES}sm2-points.spec.ts`],
    find: "return x1 !== undefined && modulo(bigEndian(digestUnder(identity(), bytes)) + x1, SM2_N) === r;", replace: 'return modulo(bigEndian(digestUnder(identity(), bytes)) + (x1 ?? 0n), SM2_N) === r;',
  },
  {
    name: 'sm2-point-meets-itself', file: 'libs/suites/sm2-points.ts', why: 'a true signature refused where both halves of the sum are one point', suites: [`${SUITES}sm2-points.spec.ts`],
    find: 'return R === 0n ? twice(point) : undefined;', replace: 'return undefined;',
  },
  {
    name: 'sm2-tooth-forgotten', file: 'libs/suites/sm2-points.ts', why: 'the highest bits of the scalars are not looked at', suites: [`${SUITES}sm2-points.spec.ts`],
    find: 'at >= 0; at -= columns', replace: 'at >= columns; at -= columns',
  },
];
