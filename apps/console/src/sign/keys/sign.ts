import { envelopeSchema, type EnvelopeShape, type PayloadWord } from '#libs/contracts';
import { pae, payloadTypeOf, toBase64 } from '#libs/envelope';
import { KeyFault, type HeldKey } from './held-key';
import { signWithPasskey } from './passkey';
import { signP256, verifyP256 } from './p256';

/**
 * The key's signature over exactly these bytes, verified under the key's own record before it is handed on. With a passkey
 * the device asks its owner. Refuses key-cancelled, key-self-check.
 */
export async function signBytes({ record, secret }: HeldKey, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (secret.kind === 'passkey') return signWithPasskey(record, secret.credentialId, bytes);
  const signature = await signP256(secret.privateKey, bytes);
  if (!(await verifyP256(record.spki, bytes, signature))) throw new KeyFault('key-self-check');
  return signature;
}

/** A DSSE envelope of one signature over these very payload bytes (docs/protocol.md 6). */
export async function signEnvelope(key: HeldKey, word: PayloadWord, payload: Uint8Array): Promise<EnvelopeShape> {
  const payloadType = payloadTypeOf(word);
  const signature = await signBytes(key, pae(payloadType, payload));
  return envelopeSchema.parse({ payloadType, payload: toBase64(payload), signatures: [{ keyid: key.record.keyId, sig: toBase64(signature) }] });
}
