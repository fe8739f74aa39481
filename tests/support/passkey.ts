import { createPrivateKey, sign } from 'node:crypto';
import { keyRecordSchema, type KeyRecord, type RelyingParty } from '#libs/contracts';
import { fromBase64 } from '#libs/envelope';
import { generateKey, keyIdOf, sha256, type Signer } from '#libs/suites';

/** What this authenticator or its browser may say other than the truth. */
export interface Lies {
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly authenticatorData?: (bytes: Uint8Array) => Uint8Array;
  /** Fields of clientDataJSON replaced or added; undefined takes one away. */
  readonly clientData?: Readonly<Record<string, unknown>>;
  /** The text of clientDataJSON itself. */
  readonly clientText?: (text: string) => string;
}

export interface Passkey extends Signer {
  readonly key: KeyRecord & { readonly alg: 'webauthn-es256' };
  signLying(bytes: Uint8Array, lies: Lies): Uint8Array;
}

export const RP: RelyingParty = { id: 'sign.example.cn', origins: ['https://sign.example.cn', 'https://phone.sign.example.cn:8443'] };
/** User present, user verified, backup eligible and backed up: what a synced passkey says. */
export const VERIFIED = 0x1d;

/** A passkey in software, for tests: it counts its signatures from `counter`, or says 0 for ever where it is null. */
export async function makePasskey(rp: RelyingParty = RP, counter: number | null = 0): Promise<Passkey> {
  const { key: { spki }, pkcs8 } = await generateKey('es256');
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  const key = keyRecordSchema.parse({ keyId: keyIdOf('webauthn-es256', fromBase64(spki) ?? new Uint8Array()), alg: 'webauthn-es256', spki, rp });
  if (key.alg !== 'webauthn-es256') throw new TypeError('not a passkey');
  let count = counter ?? 0;
  const signLying = (bytes: Uint8Array, lies: Lies): Uint8Array => {
    if (counter !== null) count += 1;
    const head = new Uint8Array(37);
    head.set(sha256(new TextEncoder().encode(lies.rpId ?? rp.id)));
    new DataView(head.buffer).setUint8(32, lies.flags ?? VERIFIED);
    new DataView(head.buffer).setUint32(33, lies.counter ?? count);
    const authenticatorData = lies.authenticatorData?.(head) ?? head;
    const said = { type: 'webauthn.get', challenge: Buffer.from(sha256(bytes)).toString('base64url'), origin: rp.origins[0], crossOrigin: false, ...lies.clientData };
    const clientDataJson = new TextEncoder().encode((lies.clientText ?? ((text) => text))(JSON.stringify(said)));
    const over = Buffer.concat([authenticatorData, sha256(clientDataJson)]);
    return assertionBytes(authenticatorData, clientDataJson, sign('sha256', over, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
  };
  return { key, signLying, sign: async (bytes) => signLying(bytes, {}) };
}

/** `sig` of a passkey as it stands in an envelope. */
export function assertionBytes(authenticatorData: Uint8Array, clientDataJson: Uint8Array, signature: Uint8Array): Uint8Array {
  const sized = (part: Uint8Array): Buffer => Buffer.concat([Uint8Array.of(part.length >> 8, part.length & 255), part]);
  return new Uint8Array(Buffer.concat([sized(authenticatorData), sized(clientDataJson), signature]));
}

