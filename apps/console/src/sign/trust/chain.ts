import { charterSchema, rootSchema, rosterSchema, type Charter, type EnvelopeShape, type KeyRecord, type PlatformId, type Root, type Roster } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { openSigned, type Opened } from './open-signed';
import { PageRefusal } from './page-refusal';
import { verifyBy, type Verdict } from './verify-by';

/** What the platform sends as the documents in force (GET /api/trust). */
export interface GivenDocuments {
  readonly root: EnvelopeShape;
  readonly charters: readonly EnvelopeShape[];
  readonly rosters: readonly EnvelopeShape[];
}

/** Documents of one platform and of those above it, read from their signed bytes. */
export interface Documents {
  readonly root: Opened<Root>;
  /** From the platform up to the district. */
  readonly charters: readonly Charter[];
  readonly roster: Opened<Roster>;
  /** `unknown` when this browser lacks a suite that somebody signed with: then a person compares, and the terminals verify. */
  readonly verdict: Verdict;
}

/** Names of declared areas, from charters. */
export function areaNames(charters: readonly Charter[]): ReadonlyMap<string, string> {
  return new Map(charters.flatMap(({ areas }) => areas.map(({ id, name }) => [id, name] as const)));
}

/**
 * Reads the chain root -> charters -> roster of one platform and verifies it: the root by its own keys, each charter by its
 * parent's officers (the district's by the root), the roster by its charter's, each at the threshold. Refuses PAGE_CHAIN.
 * That the root is the district's own is `requireRoot`'s question; expiry and revocation are the platform's and the terminals'.
 */
export async function readDocuments(given: GivenDocuments, platform: PlatformId): Promise<Documents> {
  const root = await openSigned('root', given.root, rootSchema);
  const charters = await Promise.all(given.charters.map((one) => openSigned('charter', one, charterSchema)));
  const rosters = await Promise.all(given.rosters.map((one) => openSigned('roster', one, rosterSchema)));
  const lineage = lineageOf(charters, platform);
  const [own] = lineage;
  if (lineage.at(-1)?.value.platform !== root.value.district) throw new PageRefusal('PAGE_CHAIN', root.value.district);
  const roster = rosters.find(({ value }) => value.platform === platform);
  if (own === undefined || roster === undefined) throw new PageRefusal('PAGE_CHAIN', platform);
  const verdicts = await Promise.all([
    signedBy(root.envelope, root.value.keys, root.value.threshold),
    signedBy(roster.envelope, own.value.officers.map(({ key }) => key), own.value.threshold),
    ...lineage.map((charter, at) => {
      const parent = lineage[at + 1]?.value;
      return parent === undefined
        ? signedBy(charter.envelope, root.value.keys, root.value.threshold)
        : signedBy(charter.envelope, parent.officers.map(({ key }) => key), parent.threshold);
    }),
  ]);
  if (verdicts.includes('fails')) throw new PageRefusal('PAGE_CHAIN', platform);
  return { root, charters: lineage.map(({ value }) => value), roster, verdict: verdicts.includes('unknown') ? 'unknown' : 'holds' };
}

/** From the platform to the one that the root names. Refuses PAGE_CHAIN where a link is missing or goes round. */
function lineageOf(charters: readonly Opened<Charter>[], platform: PlatformId): readonly Opened<Charter>[] {
  const lineage: Opened<Charter>[] = [];
  for (let at: PlatformId | null = platform; at !== null;) {
    const found: Opened<Charter> | undefined = charters.find(({ value }) => value.platform === at);
    if (found === undefined || lineage.includes(found)) throw new PageRefusal('PAGE_CHAIN', at);
    lineage.push(found);
    at = found.value.parent;
  }
  return lineage;
}

/** Whether at least `threshold` different keys of these have signed. */
export async function signedBy(envelope: Envelope, keys: readonly KeyRecord[], threshold: number): Promise<Verdict> {
  const distinct = [...new Map(keys.map((key) => [key.keyId, key])).values()].filter(({ keyId }) => envelope.signatures.some(({ keyid }) => keyid === keyId));
  const verdicts = await Promise.all(distinct.map((key) => verifyBy(key, envelope)));
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length;
  if (count('holds') >= threshold) return 'holds';
  return count('holds') + count('unknown') >= threshold ? 'unknown' : 'fails';
}
