import { charterSchema, rosterSchema, trustViewSchema, type Charter, type PlatformId, type Roster } from '#libs/contracts';
import type { Api } from '../api';
import { openSigned, PageRefusal, readDocuments, requireKnown, type Documents, type Verdict } from '../trust';

/** A village with everything that says who may sign there, verified by this page. */
export interface Village {
  readonly charter: Charter;
  /** The village's own, then those above it. */
  readonly rosters: readonly [Roster, ...Roster[]];
  readonly verdict: Verdict;
}

export interface Villages {
  /** Villages by the names in charters; nothing is verified yet. */
  readonly named: readonly Pick<Charter, 'platform' | 'name'>[];
  /** Verifies root, charters and rosters of one and of those above it, once. Refuses PAGE_CHAIN, PAGE_ROOT_CHANGED, PAGE_ROSTER_OLD. */
  readonly verified: (platform: PlatformId) => Promise<Village>;
}

/** The documents in force as the platform sends them; each chain is verified when it is asked for. */
export async function readVillages(api: Api, own: PlatformId): Promise<Villages> {
  const given = await api.get('/api/trust', trustViewSchema);
  const charters = await Promise.all(given.charters.map(async (envelope) => ({ envelope, value: (await openSigned('charter', envelope, charterSchema)).value })));
  const rosters = await Promise.all(given.rosters.map(async (envelope) => ({ envelope, platform: (await openSigned('roster', envelope, rosterSchema)).value.platform })));
  const lineage = (platform: PlatformId): readonly PlatformId[] => {
    const line: PlatformId[] = [];
    for (let at: PlatformId | null | undefined = platform; at !== null && at !== undefined && !line.includes(at);) {
      line.push(at);
      at = charters.find(({ value }) => value.platform === at)?.value.parent;
    }
    return line;
  };
  const documents = once(async (platform): Promise<Documents> => {
    const line = lineage(platform);
    const found = await readDocuments({
      root: given.root, charters: charters.filter(({ value }) => line.includes(value.platform)).map(({ envelope }) => envelope),
      rosters: rosters.filter((one) => one.platform === platform).map(({ envelope }) => envelope),
    }, platform);
    await requireKnown(found);
    return found;
  });
  const verified = once(async (platform): Promise<Village> => {
    const found = await documents(platform);
    const [charter, ...above] = found.charters;
    if (charter === undefined) throw new PageRefusal('PAGE_CHAIN', platform);
    const others = await Promise.all(above.filter((one) => rosters.some(({ platform: of }) => of === one.platform)).map((one) => documents(one.platform)));
    return {
      charter, rosters: [found.roster.value, ...others.map(({ roster }) => roster.value)],
      verdict: [found, ...others].every(({ verdict }) => verdict === 'holds') ? 'holds' : 'unknown',
    };
  });
  const named = charters.map(({ value }) => value).filter(({ tier, platform }) => tier === 'village' && lineage(platform).includes(own));
  return { named, verified };
}

function once<T>(make: (platform: PlatformId) => Promise<T>): (platform: PlatformId) => Promise<T> {
  const made = new Map<PlatformId, Promise<T>>();
  return (platform) => {
    const known = made.get(platform) ?? make(platform);
    made.set(platform, known);
    return known;
  };
}
