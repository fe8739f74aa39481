import type { KeyRecord, Profile, SoftwareKeyRecord } from '#libs/contracts';

/** What a district chose at its root ceremony (ADR 0016): with which suite its own programs make keys. */
export const SUITE_OF_PROFILE: Readonly<Record<Profile, SoftwareKeyRecord['alg']>> = { open: 'ed25519', gm: 'sm2-sm3' };

/** Whether a key of this suite may sign anything in a district of this profile. */
export function allowsSuite(profile: Profile, alg: KeyRecord['alg']): boolean {
  return profile === 'open' || alg === 'sm2-sm3';
}
