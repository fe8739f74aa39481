import type { Charter, Tier } from '#libs/contracts';

/** Who signed a charter: persons of its parent, with valid signatures. */
export interface Proposal {
  readonly charter: Charter;
  readonly parentOfficersWhoSigned: ReadonlySet<string>;
}

const RANK: Readonly<Record<Tier, number>> = { district: 3, township: 2, village: 1 };
const TIERS: readonly Tier[] = ['district', 'township', 'village'];
const within = <T>(inner: readonly T[], outer: readonly T[]): boolean => inner.every((one) => outer.includes(one));

function least(charter: Charter, of: string, tier: Tier): number {
  return charter.minimumApprovals.find((row) => row.class === of && row.tier === tier)?.approvals ?? 1;
}

/**
 * Why a charter widens what its parent grants, by docs/protocol.md 7 "A child only narrows"; nothing when it narrows.
 * `inForce`: every charter held now, without the one that this would follow.
 */
export function widening({ charter, parentOfficersWhoSigned }: Proposal, inForce: ReadonlyMap<string, Charter>): string | undefined {
  const parent = charter.parent === null ? undefined : inForce.get(charter.parent);
  if (parent === undefined) return 'no parent';
  if (parentOfficersWhoSigned.size < parent.threshold) return 'too few officers';
  if (RANK[charter.tier] >= RANK[parent.tier]) return 'tier';
  if (!charter.areas.every((area) => parent.areas.some((top) => isBelow(area.parent, top.id, charter, inForce)))) return 'area outside';
  const others = [...inForce.values()].flatMap((other) => (isUnder(other.platform, charter.platform, inForce) ? [] : other.areas.map(({ id }) => id)));
  if (charter.areas.some(({ id }, at) => others.includes(id) || charter.areas.slice(0, at).some((before) => before.id === id))) return 'area declared twice';
  if (!within(charter.ceilings.classes, parent.ceilings.classes)) return 'classes';
  if (!within(charter.ceilings.severities, parent.ceilings.severities)) return 'severities';
  if (!within(charter.ceilings.modes, parent.ceilings.modes)) return 'modes';
  const lower = charter.ceilings.classes.some((one) => TIERS.some((tier) => RANK[tier] <= RANK[charter.tier] && least(charter, one, tier) < least(parent, one, tier)));
  if (lower) return 'minimum approvals';
  if (charter.threshold < 2) return 'one officer alone';
  return new Set(charter.officers.map(({ person }) => person)).size < charter.threshold ? 'threshold out of reach' : undefined;
}

/** Up the declared parents from `area`, itself included, to `top`; only what the charter itself and those above it declare counts. */
function isBelow(area: string | null, top: string, charter: Charter, inForce: ReadonlyMap<string, Charter>): boolean {
  const above = [...inForce.values()].filter((other) => charter.parent !== null && isUnder(charter.parent, other.platform, inForce));
  const declared = [...charter.areas, ...above.flatMap((other) => other.areas)];
  const seen = new Set<string>();
  for (let at = area; at !== null && !seen.has(at); at = declared.find(({ id }) => id === at)?.parent ?? null) {
    if (at === top) return true;
    seen.add(at);
  }
  return false;
}

/** Whether `platform` lies below `above` by the parents of the charters in force. */
function isUnder(platform: string, above: string, inForce: ReadonlyMap<string, Charter>): boolean {
  const seen = new Set<string>();
  for (let at: string | null = platform; at !== null && !seen.has(at); at = inForce.get(at)?.parent ?? null) {
    if (at === above) return true;
    seen.add(at);
  }
  return false;
}
