/** The signed wrapping of every order and its strict encodings. Browser-safe: no node modules, no cryptography. */
export { fromBase64, fromHex, toBase64, toHex } from './bytes';
export { canonicalJson, encodePayload } from './encode-payload';
export {
  decodeEnvelope, encodeEnvelope, ENVELOPE_LIMITS, parseEnvelope,
  type Envelope, type EnvelopeRefusal, type EnvelopeSignature, type ParsedEnvelope,
} from './envelope';
export { EnvelopeError, type EnvelopeErrorCode } from './envelope-error';
export { encodeLiveBlock, NO_BLOCK_BEFORE, PACKET_MS, parseLiveBlock, sealLiveBlock, type LiveBlock, type ParsedLiveBlock } from './live-block';
export { frameLiveBlock, readLiveBlocks, type FramedBlocks } from './live-record';
export { pae } from './pae';
export { payloadTypeOf, wordOf } from './payload-type';
export { JSON_LIMITS, type JsonLimits, type JsonRefusal, type JsonValue } from './strict-json-rules';
export { parseStrictJson, type ParsedJson } from './strict-json';
export { unverifiedPayload } from './unverified-payload';
