import type { PlatformId } from '#libs/contracts';
import { officersOf, type Stranded, type TrustState } from '#libs/trust';
import type { FieldError } from '../../kernel/errors';

/** A document that was in force and, because of others, is not any more; nothing replaced it. */
export interface Fall {
  readonly word: 'charter' | 'roster';
  readonly platform: PlatformId;
  readonly version: number;
  readonly digest: string;
  readonly keyIds: readonly string[];
}

/** What stood in `before` and does not in `after`, charters first. */
export function fallsBetween(before: TrustState, after: TrustState): readonly Fall[] {
  const of = (word: Fall['word'], held: TrustState['charters'] | TrustState['rosters'], still: ReadonlyMap<PlatformId, unknown>): readonly Fall[] =>
    [...held].filter(([platform]) => !still.has(platform)).map(([platform, { value, digest, envelope }]) =>
      ({ word, platform, version: value.version, digest, keyIds: envelope.signatures.map(({ keyid }) => keyid) }));
  return [...of('charter', before.charters, after.charters), ...of('roster', before.rosters, after.rosters)];
}

/** As a request names it in `alsoFalls`. */
export function nameOf({ word, platform }: Fall): string {
  return `${word}:${platform}`;
}

/** Each fall, and who must sign what so that the platform speaks again. */
export function fallFaults(before: TrustState, after: TrustState, falls: readonly Fall[]): readonly FieldError[] {
  return falls.map((fall) => ({
    path: 'alsoFalls', code: 'DOCUMENTS_FALL',
    sentence: `${nameOf(fall)} (version ${fall.version}) would fall, and ${fall.platform} would be silent: ${signersOf(before, after, fall)} must sign version ${fall.version + 1}.`,
  }));
}

function signersOf(before: TrustState, after: TrustState, { word, platform }: Fall): string {
  const signing = word === 'roster' ? platform : before.charters.get(platform)?.value.parent ?? null;
  if (signing === null) return 'the keepers of the root';
  const { threshold, signers } = officersOf(after, signing, (after.charters.get(signing) ?? before.charters.get(signing))?.value);
  return `${threshold} of ${signers.join(', ')}${signers.length < threshold ? ` (too few are left: a new charter of ${signing} first)` : ''}`;
}

/** What of `after` a new terminal could not come to, and could before. */
export function newlyStranded(before: readonly Stranded[], after: readonly Stranded[]): readonly Stranded[] {
  return after.flatMap(({ platform, entries, certificates }) => {
    const known = before.find((one) => one.platform === platform);
    const more = entries.filter(({ keyId }) => known?.entries.some((entry) => entry.keyId === keyId) !== true);
    const cut = certificates.filter(({ fingerprint }) => known?.certificates.some((one) => one.fingerprint === fingerprint) !== true);
    return known === undefined || more.length > 0 || cut.length > 0 ? [{ platform, entries: more, certificates: cut }] : [];
  });
}

export function strandedFaults(stranded: readonly Stranded[]): readonly FieldError[] {
  return stranded.map(({ platform, entries, certificates }) => ({
    path: 'documents', code: 'REVOCATION_STRANDED',
    sentence: `A new terminal could not read what ${platform} has revoked, for whoever signed it would not count any more. Send with it the next revocation of ${platform} with the same keys and certificates, signed by an officer who stays, `
      + `or name these keys in a revocation of a platform above it: ${[...entries.map(({ keyId }) => keyId), ...certificates.map(({ fingerprint }) => `certificate ${fingerprint}`)].join(', ')}.`,
  }));
}
