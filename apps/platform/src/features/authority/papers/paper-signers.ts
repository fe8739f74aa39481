import type { KeyRecord, PersonId, PlatformId } from '#libs/contracts';
import { fromBase64, pae, payloadTypeOf } from '#libs/envelope';
import { verify } from '#libs/suites';
import { isRevoked, type TrustState } from '#libs/trust';
import type { KeptPaper } from './papers.store';

/** An officer of a platform and the key that signs for it. */
export interface PaperSigner {
  readonly person: PersonId;
  readonly key: KeyRecord;
}

export const ROSTER_TYPE = payloadTypeOf('roster');

/** The officer whose key this is on this platform; undefined for any other key and for one that was revoked. */
export function officerOf(state: TrustState, platform: PlatformId, keyId: string): PaperSigner | undefined {
  const officer = state.charters.get(platform)?.value.officers.find(({ key }) => key.keyId === keyId);
  return officer === undefined || isRevoked(state, platform, keyId) !== undefined ? undefined : officer;
}

/** Whether this key signed exactly these bytes as a roster. */
export function holdsOver({ payload }: Pick<KeptPaper, 'payload'>, key: KeyRecord, sig: string): boolean {
  return verify(key, pae(ROSTER_TYPE, fromBase64(payload) ?? new Uint8Array()), fromBase64(sig) ?? new Uint8Array());
}

/** Who has signed a paper, each person once, and how many it wants. What the database says is checked again. */
export function signaturesOf(state: TrustState, paper: KeptPaper): { readonly by: readonly PersonId[]; readonly threshold: number; readonly isComplete: boolean } {
  const threshold = state.charters.get(paper.platform)?.value.threshold ?? Infinity;
  const by = paper.signatures.flatMap(({ keyid, sig }) => {
    const officer = officerOf(state, paper.platform, keyid);
    return officer !== undefined && holdsOver(paper, officer.key, sig) ? [officer.person] : [];
  });
  const persons = [...new Set(by)];
  return { by: persons, threshold, isComplete: persons.length >= threshold };
}
