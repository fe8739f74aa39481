import { tierSchema } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import { Names, sayTwice } from './names';
import type { AreaDraft } from './read-areas';
import type { RowReader } from './row-reader';
import { checkTree, liesWithin, topsOf, type Node } from './tree';
import { TIER_WORDS } from './words';

/** What a charter holds (libs/contracts). */
const MOST_AREAS = 16;
const NAME_CHARS = 60;

/** A row of the platforms as far as it could be read. */
export interface PlatformDraft extends Node {
  readonly areas: AreaDraft[];
  parent: PlatformDraft | null | undefined;
}

/** Which platform holds each area. */
export function holders(platforms: readonly PlatformDraft[]): ReadonlyMap<AreaDraft, PlatformDraft> {
  return new Map(platforms.flatMap((platform) => platform.areas.map((area) => [area, platform] as const)));
}

/** Reads the platforms, finds their parents, and gives each its areas, which either table may name. */
export function readPlatforms(rows: readonly RowReader[], areas: readonly AreaDraft[], tableFault: (code: 'TOP_COUNT', has: number) => void): readonly PlatformDraft[] {
  const parentRefs = new Map<PlatformDraft, string | undefined>();
  const areaRefs = new Map<PlatformDraft, readonly string[]>();
  const drafts = rows.map((reader): PlatformDraft => {
    const draft: PlatformDraft = {
      reader, id: reader.id('id', true), name: reader.text('name', NAME_CHARS, true),
      tier: reader.choice('tier', TIER_WORDS, tierSchema.options, undefined), parent: undefined, areas: [],
    };
    parentRefs.set(draft, reader.reference('parent', false));
    areaRefs.set(draft, reader.references('areas') ?? []);
    return draft;
  });
  sayTwice(drafts.map(({ reader, id }) => ({ reader, value: id })), 'id', 'ID_TWICE');
  const names = new Names(drafts);
  for (const draft of drafts) {
    const reference = parentRefs.get(draft);
    if (draft.tier === 'district') {
      draft.parent = null;
      if (reference !== '' && reference !== undefined) draft.reader.say('PARENT_OF_TOP', 'parent');
    } else if (reference === '') draft.reader.say('PARENT_MISSING', 'parent');
    else draft.parent = names.find(reference, draft.reader, 'parent', 'PLATFORM_UNKNOWN');
  }
  checkTree(drafts);
  if (rows.length > 0 && topsOf(drafts).length !== 1 && drafts.every(({ tier }) => tier !== undefined)) tableFault('TOP_COUNT', topsOf(drafts).length);
  shareAreas(drafts, names, areas, areaRefs);
  drafts.forEach(checkAreas);
  return drafts;
}

function shareAreas(drafts: readonly PlatformDraft[], names: Names<PlatformDraft>, areas: readonly AreaDraft[], areaRefs: ReadonlyMap<PlatformDraft, readonly string[]>): void {
  const areaNames = new Names(areas);
  const holder = new Map<AreaDraft, PlatformDraft>();
  const unclear = new Set<AreaDraft>();
  const give = (platform: PlatformDraft, area: AreaDraft, reader: RowReader, column: string): void => {
    const held = holder.get(area);
    if (held === undefined) {
      holder.set(area, platform);
      platform.areas.push(area);
    } else if (held !== platform) reader.say('AREA_TWO_PLATFORMS', column, { name: area.name ?? area.id ?? '', one: held.id ?? '', other: platform.id ?? '' });
  };
  for (const platform of drafts) {
    for (const reference of areaRefs.get(platform) ?? []) {
      const area = areaNames.find(reference, platform.reader, 'areas', 'AREA_UNKNOWN');
      if (area !== undefined) give(platform, area, platform.reader, 'areas');
    }
  }
  for (const area of areas) {
    const platform = names.find(area.platformRef, area.reader, 'platform', 'PLATFORM_UNKNOWN');
    if (platform !== undefined) give(platform, area, area.reader, 'platform');
    else if (area.platformRef !== '') unclear.add(area);
  }
  for (const area of areas) if (!holder.has(area) && !unclear.has(area)) area.reader.say('AREA_WITHOUT_PLATFORM', 'platform');
}

/** What a charter would be refused for (design 4): areas above its tier, or outside its parent's. */
function checkAreas({ reader, tier, parent, areas }: PlatformDraft): void {
  if (areas.length === 0 && reader.isEmpty('areas')) reader.say('PLATFORM_WITHOUT_AREA', 'areas');
  if (areas.length > MOST_AREAS) reader.say('TOO_MANY_OF', 'areas', { limit: MOST_AREAS, zh: '区域', en: 'areas' });
  for (const area of areas) {
    const name = area.name ?? area.id ?? '';
    if (tier !== undefined && area.tier !== undefined && TIERS[area.tier].rank > TIERS[tier].rank) reader.say('PLATFORM_AREA_TIER', 'areas', { name });
    const above = parent?.areas ?? [];
    if (above.length > 0 && area.parent !== undefined && !above.some((top) => liesWithin(area, top))) reader.say('PLATFORM_AREA_OUTSIDE', 'areas', { name });
  }
}
