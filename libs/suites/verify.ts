import { prepareKey, type KeyRecord } from './key-record';

/**
 * Whether `sig` is this key's signature over exactly `bytes`. False for a record that fails `checkKeyRecord` and for a
 * signature of any other length or range; it never throws for what a peer sent.
 * Warm keys are not imported again, which is most of the cost of a cold verification.
 */
export function verify(record: KeyRecord, bytes: Uint8Array, sig: Uint8Array): boolean {
  const key = prepareKey(record);
  return typeof key !== 'string' && key.verify(bytes, sig);
}
