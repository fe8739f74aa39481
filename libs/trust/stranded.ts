import type { PlatformId, RevocationEntry, RevokedCertificate } from '#libs/contracts';
import { applyDocument } from './apply-document';
import { trustFromRoot } from './root';
import { lineageOf, type TrustState } from './trust-state';
import { documentsInForce, lackingOf, versionsFor } from './versions';

/** What of one platform only those know who were there when it came. */
export interface Stranded {
  readonly platform: PlatformId;
  /** Revoked here, and a verifier that begins with the documents in force would count these keys again. */
  readonly entries: readonly RevocationEntry[];
  /** The same of certificates; of the district's platform only. */
  readonly certificates: readonly RevokedCertificate[];
}

/**
 * Where a verifier that begins afresh (a new terminal, one with a new disk) cannot come to what this state believes: a
 * revocation whose signer fell or is no longer listed, or what stood in a roster that fell. Orders would name versions
 * that it never reaches, or a stolen key would count there. Whoever accepts documents for others refuses such a state.
 */
export function strandedIn(state: TrustState): readonly Stranded[] {
  const fresh = readAfresh(state);
  if (fresh === undefined) return [];
  const platforms = [...state.charters.keys()];
  const lacking = lackingOf(fresh, versionsFor(state, platforms));
  return platforms.flatMap((platform) => {
    const entries = [...state.revoked.get(platform)?.values() ?? []].filter((entry) => !isKnown(fresh, platform, entry));
    const unread = [lacking?.charters, lacking?.rosters, lacking?.revocations].some((part) => part?.[platform] !== undefined);
    const certificates = platform === state.root.value.district ? [...state.certificates.values()].filter(({ fingerprint }) => !fresh.certificates.has(fingerprint)) : [];
    return entries.length > 0 || certificates.length > 0 || unread ? [{ platform, entries, certificates }] : [];
  });
}

function readAfresh(state: TrustState): TrustState | undefined {
  const [first] = state.rootChain;
  const begun = first === undefined ? undefined : trustFromRoot(first.envelope, { demo: first.value.demo, ...(state.cache === undefined ? {} : { cache: state.cache }) });
  if (begun?.ok !== true) return undefined;
  return documentsInForce(state).reduce((at, document) => {
    const next = applyDocument(at, document, null);
    return next.ok ? next.value : at;
  }, begun.value);
}

/** Revoked for this platform at least as hard, by itself or from above. */
function isKnown(state: TrustState, platform: PlatformId, { keyId, reason, since }: RevocationEntry): boolean {
  const known = lineageOf(state, platform).flatMap((above) => state.revoked.get(above)?.get(keyId) ?? []);
  return known.some((entry) => (reason === 'left' || entry.reason === 'compromised') && (entry.reason === 'compromised' || entry.since <= since));
}
