import type { SoftwareKeyRecord } from './key-record';
import type { Signer } from './signer';
import { SuiteError } from './suite-error';
import { verify } from './verify';

/** A signer that somebody else signs for: what comes back is this key's signature over these bytes, or it is not used. */
export function checkedSigner(key: SoftwareKeyRecord, ask: (bytes: Uint8Array) => Promise<Uint8Array>): Signer {
  return {
    key,
    sign: async (bytes) => {
      const sig = await ask(bytes);
      if (!verify(key, bytes, sig)) throw new SuiteError('signer-wrong', 'the signer answered with something that is no signature of its key over these bytes');
      return sig;
    },
  };
}
