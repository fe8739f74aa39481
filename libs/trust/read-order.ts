import { dispatchSchema, LIMITS, type Digest, type Dispatch, type KeyId } from '#libs/contracts';
import { attestOne } from './attest';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Result } from './result';
import type { TrustState } from './trust-state';

const readDispatch = payloadReader(dispatchSchema);

/** An order whose dispatch a known dispatcher signed. Message and approvals are still what the wire brought. */
export interface ReadOrder {
  readonly dispatch: Dispatch;
  /** SHA-256 of the dispatch's payload bytes. */
  readonly dispatchDigest: Digest;
  readonly dispatcherKeyId: KeyId;
  readonly message: unknown;
  readonly approvals: readonly unknown[];
  /** Undefined where the order brings none. */
  readonly original: unknown;
  readonly consent: unknown;
  readonly permit: unknown;
}

/** Facts 4b.4 steps 2 to 5 for the dispatch: shape, key, signature, strict parse; its own platform's dispatcher signed it. */
export function readOrder(state: TrustState, value: unknown): Result<ReadOrder> {
  const order = partsOf(value);
  if (order === undefined) return refuse('REJ_SHAPE', 'order');
  const opened = openEnvelope(order.envelope, 'dispatch', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'dispatcher');
  if (!signers.ok) return signers;
  const dispatch = readDispatch(opened.value, state.cache);
  if (!dispatch.ok) return dispatch;
  const signer = signers.value.find((holder) => holder.platform === dispatch.value.platform);
  if (signer === undefined) return refuse('REJ_KEY_USAGE', 'platform');
  return ok({
    dispatch: dispatch.value, dispatchDigest: opened.value.digest, dispatcherKeyId: signer.key.keyId,
    ...order.parts,
  });
}

const REQUIRED: readonly (string | symbol)[] = ['dispatch', 'message', 'approvals'];
const ALLOWED: readonly (string | symbol)[] = [...REQUIRED, 'original', 'consent', 'permit'];

type Parts = Omit<ReadOrder, 'dispatch' | 'dispatchDigest' | 'dispatcherKeyId'>;

/** Exactly `{ dispatch, message, approvals }`, with or without `original`, `consent` and `permit`; what stands inside is judged one by one. */
function partsOf(value: unknown): { readonly envelope: unknown; readonly parts: Parts } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const keys = Reflect.ownKeys(value);
  if (REQUIRED.some((key) => !keys.includes(key)) || keys.some((key) => !ALLOWED.includes(key))) return undefined;
  const { dispatch, message, approvals, original, consent, permit }: Partial<Record<string, unknown>> = { ...value };
  if (!Array.isArray(approvals) || approvals.length > LIMITS.approvals) return undefined;
  return { envelope: dispatch, parts: { message, approvals, original, consent, permit } };
}
