import { sessionKeySchema, type LiveBody } from '#libs/contracts';
import type { BlockSeal } from '#libs/domain';
import { generateKey, sha256 } from '#libs/suites';

/** The key of one voice: made here, kept in memory alone, gone with the process. */
export interface SessionKey {
  readonly record: LiveBody['sessionKey'];
  readonly seal: BlockSeal;
}

export async function makeSessionKey(): Promise<SessionKey> {
  const { key, signer } = await generateKey('ed25519');
  return { record: sessionKeySchema.parse(key), seal: { sign: async (bytes) => signer.sign(bytes), sha256: async (bytes) => sha256(bytes) } };
}
