import type { Envelope } from '#libs/envelope';
import { fromBase64, toBase64 } from '#libs/envelope';
import type { Family } from '../attack';
import type { Genuine, Lab } from '../lab';

/** Flips for each envelope of a bundle; with --whole every bit of every payload and signature. */
const SAMPLE = 400;

/** Single bits of complete, genuine bundles: G2. What is flipped is what is signed, or the signature. */
export const BIT_FLIPS: Family = {
  family: 'single-bit flips of complete bundles', threat: 'T22 T46', where: 'admit',
  run: ({ lab, tally, random, thin, whole }) => {
    const bundles = whole ? lab.recorded : lab.recorded.slice(0, 9);
    tally.control('every bundle plays before', bundles.every((one) => lab.judge(one.at, one.order) === 'play'));
    for (const genuine of bundles) {
      for (const place of placesOf(genuine)) {
        const bits = place.bytes.length * 8;
        const count = whole ? bits : Math.ceil(Math.min(bits, SAMPLE) / thin);
        for (let n = 0; n < count; n += 1) {
          const bit = whole ? n : random.int(bits);
          tally.judged(`${place.name} of ${genuine.platform}, bit ${bit}`, judgeFlipped(lab, genuine, place.put(flipped(place.bytes, bit))), place.codes);
        }
      }
    }
    tally.control('every bundle plays afterwards', bundles.every((one) => lab.judge(one.at, one.order) === 'play'));
    return Promise.resolve();
  },
};

interface Place {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly codes: readonly string[];
  put(bytes: Uint8Array): unknown;
}

function placesOf({ order }: Genuine): readonly Place[] {
  const of = (name: string, envelope: Envelope, put: (envelope: Envelope) => unknown): readonly Place[] => [
    { name: `payload of the ${name}`, bytes: raw(envelope.payload), codes: ['REJ_SIGNATURE'], put: (bytes) => put({ ...envelope, payload: toBase64(bytes) }) },
    ...envelope.signatures.map(({ keyid, sig }, index) => ({
      name: `signature of the ${name}`, bytes: raw(sig), codes: ['REJ_SIGNATURE'],
      put: (bytes: Uint8Array) => put({ ...envelope, signatures: envelope.signatures.map((one, at) => (at === index ? { keyid, sig: toBase64(bytes) } : one)) }),
    })),
    ...envelope.signatures.map(({ keyid, sig }, index) => ({
      name: `key id of the ${name}`, bytes: new Uint8Array(Buffer.from(keyid, 'hex')), codes: ['REJ_KEY_UNKNOWN'],
      put: (bytes: Uint8Array) => put({ ...envelope, signatures: envelope.signatures.map((one, at) => (at === index ? { keyid: Buffer.from(bytes).toString('hex'), sig } : one)) }),
    })),
    { name: `type of the ${name}`, bytes: new TextEncoder().encode(envelope.payloadType), codes: ['REJ_TYPE', 'REJ_SHAPE'], put: (bytes) => put({ ...envelope, payloadType: Buffer.from(bytes).toString('latin1') }) },
  ];
  return [
    ...of('dispatch', order.dispatch, (dispatch) => ({ ...order, dispatch })),
    ...of('message', order.message, (message) => ({ ...order, message })),
    ...order.approvals.flatMap((approval, index) => of(`approval ${index + 1}`, approval, (changed) => ({ ...order, approvals: order.approvals.map((one, at) => (at === index ? changed : one)) }))),
  ];
}

function judgeFlipped(lab: Lab, { at }: Genuine, order: unknown): string {
  return lab.judge(at, order);
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

function raw(base64: string): Uint8Array {
  const bytes = fromBase64(base64);
  if (bytes === undefined) throw new TypeError('a genuine envelope holds no base64');
  return bytes;
}
