import { CLAIM_LETTERS, claimCodeSchema } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';

/** A new one-use claim code, 80 bits of chance. */
export function freshClaimCode(clock: Clock): string {
  return claimCodeSchema.parse([...clock.random(16)].map((byte) => CLAIM_LETTERS[byte % CLAIM_LETTERS.length] ?? '0').join(''));
}

/** What is kept of a claim code. */
export function claimCodeHash(code: string): string {
  return sha256Hex(new TextEncoder().encode(code));
}
