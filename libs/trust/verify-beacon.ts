import { beaconSchema, type Beacon, type KeyId, type PlatformId } from '#libs/contracts';
import { attestOne, holderAt } from './attest';
import { openEnvelope, payloadReader } from './open-envelope';
import { ok, refuse, type Result } from './result';
import { ancestryOf, type TrustState } from './trust-state';

const readBeacon = payloadReader(beaconSchema);

export interface VerifiedBeacon {
  readonly beacon: Beacon;
  readonly keyId: KeyId;
}

/**
 * A beacon by the dispatcher of any platform of the lineage (design 4 "Beacon"), also where a charter below it fell: time
 * must not stop with the orders. `platform` is the one that the listener belongs to. The beacon is itself the source of time, so no time is asked; nonce, counter and terminal are
 * the listener's to compare.
 */
export function verifyBeacon(state: TrustState, value: unknown, platform: PlatformId): Result<VerifiedBeacon> {
  const opened = openEnvelope(value, 'beacon', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'dispatcher');
  if (!signers.ok) return signers;
  const beacon = readBeacon(opened.value, state.cache);
  if (!beacon.ok) return beacon;
  const signer = holderAt(state, signers.value, beacon.value.platform);
  if (!signer.ok) return signer;
  if (!ancestryOf(state, platform).includes(beacon.value.platform)) return refuse('REJ_LINEAGE', 'platform');
  return ok({ beacon: beacon.value, keyId: signer.value.key.keyId });
}
