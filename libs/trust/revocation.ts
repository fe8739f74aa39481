import { revocationSchema, type PlatformId, type Revocation, type RevocationEntry, type RevokedCertificate } from '#libs/contracts';
import { attest } from './attest';
import { countsFor } from './officers';
import { readPayload, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import type { HeldDocument, TrustState } from './trust-state';

/**
 * A revocation (design 4): one officer of the platform is enough, because taking away is fast. Cumulative: every entry
 * of the former stands in it, and `compromised` never softens to `left`. What an officer signed before leaving counts.
 * Certificates of servers (design 4 "X.509") are the district's to revoke: in another platform's list they are refused, since
 * ignoring them would leave its officers believing that something happened.
 * Never taken back: whoever took it keeps it when its signer falls (`memoryOf`), and for those who begin afresh afterwards
 * the server has it signed anew before that (`strandedIn`).
 */
export function judgeRevocation(state: TrustState, opened: OpenedEnvelope): Result<HeldDocument<Revocation>> {
  const officers = attest(state, opened, 'officer');
  if (!officers.ok) return officers;
  const revocation = readPayload(opened, revocationSchema);
  if (!revocation.ok) return revocation;
  const { platform, entries, certificates, issuedAt } = revocation.value;
  const own = officers.value.filter((officer) => officer.platform === platform);
  if (own[0] === undefined) return refuse('REJ_KEY_USAGE', 'platform');
  if (!own.some(({ key }) => countsFor(state, platform, key.keyId, issuedAt))) return refuse('REJ_KEY_REVOKED', own[0].key.keyId);
  const now = new Map(entries.map((entry) => [entry.keyId, entry]));
  if (now.size < entries.length) return refuse('REJ_SCHEMA', 'entries');
  const before = state.revocations.get(platform)?.value.entries ?? [];
  if (!before.every((entry) => isAtLeast(now.get(entry.keyId), entry))) return refuse('REJ_VERSION_ROLLBACK', 'entries');
  const fault = certificatesFault(state, platform, certificates ?? []);
  if (fault !== undefined) return fault;
  return ok({ value: revocation.value, envelope: opened.envelope, digest: opened.digest, holders: new Map() });
}

function certificatesFault(state: TrustState, platform: PlatformId, certificates: readonly RevokedCertificate[]): Refused | undefined {
  if (certificates.length > 0 && platform !== state.root.value.district) return refuse('REJ_KEY_USAGE', 'certificates');
  const named = new Set(certificates.map(({ fingerprint }) => fingerprint));
  if (named.size < certificates.length) return refuse('REJ_SCHEMA', 'certificates');
  const before = state.revocations.get(platform)?.value.certificates ?? [];
  return before.every(({ fingerprint }) => named.has(fingerprint)) ? undefined : refuse('REJ_VERSION_ROLLBACK', 'certificates');
}

/** `known` itself when nothing is new; the earlier `since` stands. */
export function withCertificates(known: TrustState['certificates'], certificates: readonly RevokedCertificate[]): TrustState['certificates'] {
  const fresh = certificates.filter(({ fingerprint, since }) => (known.get(fingerprint)?.since ?? Infinity) > since);
  return fresh.length === 0 ? known : new Map([...known, ...fresh.map((one) => [one.fingerprint, one] as const)]);
}

function isAtLeast(entry: RevocationEntry | undefined, before: RevocationEntry): boolean {
  return entry !== undefined && (entry.reason === before.reason || entry.reason === 'compromised');
}

/** The entries of a platform grown by new ones; `compromised` outweighs `left`, the earlier `since` stands. */
export function grown(known: ReadonlyMap<string, RevocationEntry> | undefined, entries: readonly RevocationEntry[]): ReadonlyMap<string, RevocationEntry> {
  const all = new Map(known);
  for (const entry of entries) {
    const before = all.get(entry.keyId);
    if (before === undefined) all.set(entry.keyId, entry);
    else {
      const reason = before.reason === 'compromised' ? before.reason : entry.reason;
      all.set(entry.keyId, { ...entry, reason, since: Math.min(before.since, entry.since) });
    }
  }
  return all;
}
