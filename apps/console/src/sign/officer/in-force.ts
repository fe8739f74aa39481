import { charterSchema, rosterSchema, trustViewSchema, type Charter, type PlatformId, type Roster } from '#libs/contracts';
import type { Api } from '../api';
import { openSigned, readDocuments, requireKnown, type Opened } from '../trust';
import { faultOf, type Fault } from '../ui/fault';

/** A platform's roster in force as this browser knows it. */
export interface InForce {
  readonly charter: Charter;
  readonly roster: Opened<Roster>;
  /**
   * Whether every signature from the root that this browser has pinned down to the roster holds here. False: this browser
   * lacks a suite, so nobody vouches for it, and a paper is shown whole instead of by its difference.
   */
  readonly vouched: boolean;
  /** The platform shows something here that no honest one would: nothing is signed on top of it. */
  readonly fault: Fault | null;
}

/**
 * The rosters in force of these platforms, each verified with the documents above it. A platform could name an "old" roster
 * of its own making in which its additions stand already; the difference to that would hide them.
 */
export async function rostersInForce(api: Api, wanted: ReadonlySet<PlatformId>): Promise<ReadonlyMap<PlatformId, InForce>> {
  if (wanted.size === 0) return new Map();
  const given = await api.get('/api/trust', trustViewSchema);
  const charters = await Promise.all(given.charters.map((one) => openSigned('charter', one, charterSchema)));
  const rosters = await Promise.all(given.rosters.map((one) => openSigned('roster', one, rosterSchema)));
  const found = new Map<PlatformId, InForce>();
  for (const roster of rosters.filter(({ value }) => wanted.has(value.platform))) {
    const { platform } = roster.value;
    const own = charters.find(({ value }) => value.platform === platform);
    if (own === undefined) continue;
    const lineage = charters.flatMap(({ value }, at) => (isAbove(charters, platform, value.platform) ? given.charters.slice(at, at + 1) : []));
    const at = rosters.indexOf(roster);
    found.set(platform, { charter: own.value, roster, ...await judged({ root: given.root, charters: lineage, rosters: given.rosters.slice(at, at + 1) }, platform) });
  }
  return found;
}

async function judged(given: Parameters<typeof readDocuments>[0], platform: PlatformId): Promise<Pick<InForce, 'vouched' | 'fault'>> {
  try {
    const documents = await readDocuments(given, platform);
    await requireKnown(documents);
    return { vouched: documents.verdict === 'holds', fault: null };
  } catch (cause) {
    return { vouched: false, fault: faultOf(cause) };
  }
}

/** Whether `above` is the platform itself or stands over it. */
function isAbove(charters: readonly Opened<Charter>[], platform: PlatformId, above: PlatformId): boolean {
  const seen = new Set<PlatformId>();
  for (let at: PlatformId | null | undefined = platform; at !== null && at !== undefined && !seen.has(at);) {
    if (at === above) return true;
    seen.add(at);
    at = charters.find(({ value }) => value.platform === at)?.value.parent;
  }
  return false;
}
