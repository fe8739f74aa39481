import type { KeyId } from '#libs/contracts';

const GROUPS = 4;
const DIGITS = 5;

/**
 * What two people read to each other to know that they mean the same key: four groups of five digits, the key id as a
 * number modulo 10^20 (66 bits: to find another key with the same groups takes 2^66 tries).
 */
export function keyFingerprint(keyId: KeyId): readonly string[] {
  return digitGroups(keyId);
}

/** Any SHA-256 (hex) as people read it to each other. */
export function digitGroups(digest: string): readonly string[] {
  const digits = (BigInt(`0x${digest}`) % 10n ** BigInt(GROUPS * DIGITS)).toString().padStart(GROUPS * DIGITS, '0');
  return Array.from({ length: GROUPS }, (_, group) => digits.slice(group * DIGITS, (group + 1) * DIGITS));
}
