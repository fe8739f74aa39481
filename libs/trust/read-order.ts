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
}

/** Facts 4b.4 steps 2 to 5 for the dispatch: shape, key, signature, strict parse; its own platform's dispatcher signed it. */
export function readOrder(state: TrustState, value: unknown): Result<ReadOrder> {
  const parts = partsOf(value);
  if (parts === undefined) return refuse('REJ_SHAPE', 'order');
  const opened = openEnvelope(parts.dispatch, 'dispatch', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'dispatcher');
  if (!signers.ok) return signers;
  const dispatch = readDispatch(opened.value, state.cache);
  if (!dispatch.ok) return dispatch;
  const signer = signers.value.find((holder) => holder.platform === dispatch.value.platform);
  if (signer === undefined) return refuse('REJ_KEY_USAGE', 'platform');
  return ok({
    dispatch: dispatch.value, dispatchDigest: opened.value.digest, dispatcherKeyId: signer.key.keyId,
    message: parts.message, approvals: parts.approvals,
  });
}

/** Exactly `{ dispatch, message, approvals }`; what stands inside is judged one by one. */
function partsOf(value: unknown): { readonly dispatch: unknown; readonly message: unknown; readonly approvals: readonly unknown[] } | undefined {
  if (typeof value !== 'object' || value === null || Reflect.ownKeys(value).length !== 3) return undefined;
  if (!('dispatch' in value) || !('message' in value) || !('approvals' in value)) return undefined;
  if (!Array.isArray(value.approvals) || value.approvals.length > LIMITS.approvals) return undefined;
  const approvals: readonly unknown[] = value.approvals;
  return { dispatch: value.dispatch, message: value.message, approvals };
}
