import { envelopeSchema, permitViewSchema, type Digest, type EnvelopeShape, type PermitView } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Clock } from '../../clock';
import type { Api } from '../api';
import { signEnvelope, type HeldKey } from '../keys';

/** A signature that was made and perhaps handed in: a repetition posts the very same one, so it counts once. */
export interface PermitAttempt {
  readonly envelope: EnvelopeShape;
  readonly idempotencyKey: string;
}

/** This key's signature over exactly these bytes, after those that stand under them already. */
export async function makeAttempt(key: HeldKey, payload: Uint8Array, before: Envelope | null, clock: Clock): Promise<PermitAttempt> {
  const signed = await signEnvelope(key, 'permit', payload);
  const envelope = envelopeSchema.parse({ ...signed, signatures: [...before?.signatures ?? [], ...signed.signatures] });
  return { envelope, idempotencyKey: clock.uuid() };
}

export function postAttempt(api: Api, { envelope, idempotencyKey }: PermitAttempt): Promise<PermitView> {
  return api.post('/api/permits', { permit: envelope }, permitViewSchema, idempotencyKey);
}

export function withdraw(api: Api, digest: Digest, reason: string, clock: Clock): Promise<PermitView> {
  return api.post(`/api/permits/${digest}/withdraw`, { reason }, permitViewSchema, clock.uuid());
}
