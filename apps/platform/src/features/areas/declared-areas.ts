import type { Charter } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import type { Area } from './areas';

/**
 * The areas that the charters declare. An area named in several charters (a district may list its townships) belongs
 * to the lowest platform that names it.
 */
export function declaredAreas(charters: readonly Charter[]): readonly Area[] {
  const byId = new Map<string, Area>();
  for (const charter of charters) {
    for (const { id, parent, name, codes } of charter.areas) {
      const known = byId.get(id);
      if (known !== undefined && TIERS[known.tier].rank <= TIERS[charter.tier].rank) continue;
      byId.set(id, { id, parent, name, codes, platform: charter.platform, tier: charter.tier });
    }
  }
  return [...byId.values()];
}
