import { CLAIM_CONTEXT, digestSchema, HELLO_CONTEXT, type TerminalFrame, type TerminalId } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import type { Identity } from './identity';

type ClaimFrame = Extract<TerminalFrame, { kind: 'claim' }>;
type HelloFrame = Extract<TerminalFrame, { kind: 'hello' }>;

/** The bytes that a device key signs to answer a challenge: context, zero, nonce, zero, terminal id or claim code, all ASCII. */
export function challengeBytes(context: string, nonce: string, name: string): Uint8Array {
  return new TextEncoder().encode(`${context}\0${nonce}\0${name}`);
}

export async function signClaim(identity: Identity, nonce: string, code: string, physicalCode: string): Promise<ClaimFrame> {
  const sig = await identity.signer.sign(challengeBytes(CLAIM_CONTEXT, nonce, code));
  return { kind: 'claim', code, physicalCode, key: identity.key, sig: toBase64(sig) };
}

export async function signHello(identity: Identity, terminal: TerminalId, nonce: string, agent: string): Promise<HelloFrame> {
  const sig = await identity.signer.sign(challengeBytes(HELLO_CONTEXT, nonce, terminal));
  return { kind: 'hello', terminal, keyId: digestSchema.parse(identity.key.keyId), agent, sig: toBase64(sig) };
}
