import { tierSchema, type Tier } from '#libs/contracts';
import { readAreaCode } from './codes';
import { CHINA, isInside, type Box } from './coordinates';
import { Names, sayTwice } from './names';
import type { RowReader } from './row-reader';
import { checkTree, topsOf, type Node } from './tree';
import { TIER_WORDS } from './words';

const MOST_CODES = 8;
const NAME_CHARS = 60;

/** A row of the areas as far as it could be read. */
export interface AreaDraft extends Node {
  readonly codes: readonly string[] | undefined;
  readonly platformRef: string | undefined;
  readonly box: Box | null;
  parent: AreaDraft | null | undefined;
}

type Unplaced = Omit<AreaDraft, 'parent'> & { readonly parentRef: string | undefined };

/** Reads the areas and finds their parents: as written, or by the 12-digit prefix where nothing is written. */
export function readAreas(rows: readonly RowReader[], tableFault: (code: 'TOP_COUNT', has: number) => void): readonly AreaDraft[] {
  const unplaced = rows.map(readArea);
  sayTwice(unplaced.map(({ reader, id }) => ({ reader, value: id })), unplaced.some(({ reader }) => !reader.isEmpty('id')) ? 'id' : 'codes', 'ID_TWICE');
  sayTwice(unplaced.flatMap(({ reader, codes, id }) => (codes ?? []).filter((code) => code !== id || !reader.isEmpty('id')).map((value) => ({ reader, value }))), 'codes', 'AREA_CODE_TWICE');
  const drafts = place(unplaced);
  checkTree(drafts);
  if (rows.length > 0 && topsOf(drafts).length !== 1 && drafts.every(({ tier }) => tier !== undefined)) tableFault('TOP_COUNT', topsOf(drafts).length);
  drafts.forEach(checkPrefix);
  return drafts;
}

function readArea(reader: RowReader): Unplaced {
  const written = reader.id('id', false);
  const name = reader.text('name', NAME_CHARS, true);
  const tier = reader.choice('tier', TIER_WORDS, tierSchema.options, undefined);
  const parentRef = reader.reference('parent', false);
  const codes = reader.codes('codes', readAreaCode);
  if (codes !== undefined && codes.length > MOST_CODES) reader.say('TOO_MANY_CODES', 'codes');
  const platformRef = reader.reference('platform', false);
  return { reader, id: written === '' ? codes?.[0] : written, name, tier, parentRef, codes, platformRef, box: readBox(reader) };
}

function readBox(reader: RowReader): Box | null {
  const [west, south, east, north] = [reader.degrees('west'), reader.degrees('south'), reader.degrees('east'), reader.degrees('north')];
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  if (west === null && south === null && east === null && north === null) return null;
  if (west === null || south === null || east === null || north === null) return reader.say('BOX_INCOMPLETE', 'west') ?? null;
  if (west >= east || south >= north) return reader.say('BOX_UPSIDE_DOWN', 'west') ?? null;
  if (!isInside({ longitude: west, latitude: south }, CHINA) || !isInside({ longitude: east, latitude: north }, CHINA)) return reader.say('OUTSIDE_CHINA', 'west') ?? null;
  return { west, south, east, north };
}

function place(unplaced: readonly Unplaced[]): readonly AreaDraft[] {
  const drafts = unplaced.map(({ parentRef: _, ...row }): AreaDraft => ({ ...row, parent: undefined }));
  const names = new Names(drafts);
  const byPrefix = new Map(drafts.flatMap((draft) => {
    const { tier, codes = [] } = draft;
    return tier === 'district' || tier === 'township' ? codes.map((code) => [prefixOf(code, tier), draft] as const) : [];
  }));
  drafts.forEach((draft, at) => {
    const reference = unplaced[at]?.parentRef;
    if (draft.tier === 'district') {
      draft.parent = null;
      if (reference !== '' && reference !== undefined) draft.reader.say('PARENT_OF_TOP', 'parent');
    } else if (reference === '') draft.parent = guessParent(draft, byPrefix);
    else draft.parent = names.find(reference, draft.reader, 'parent', 'AREA_UNKNOWN');
  });
  return drafts;
}

/** What must stand at the beginning of a code below this one: 6 digits of a district's, 9 of a township's (GD/J 080 4). */
function prefixOf(code: string, tier: Tier): string {
  return code.slice(0, tier === 'district' ? 6 : tier === 'township' ? 9 : 12);
}

/** The township of the first nine digits, else the district of the first six. */
function guessParent(draft: AreaDraft, byPrefix: ReadonlyMap<string, AreaDraft>): AreaDraft | undefined {
  const [code] = draft.codes ?? [];
  if (code === undefined || draft.tier === undefined) return undefined;
  const township = draft.tier === 'village' ? byPrefix.get(prefixOf(code, 'township')) : undefined;
  const parent = township ?? byPrefix.get(prefixOf(code, 'district'));
  if (parent === undefined) return draft.reader.say('PARENT_MISSING', 'parent');
  draft.reader.say('PARENT_GUESSED', 'parent', { name: parent.name ?? parent.id ?? '' });
  return parent;
}

/** Only a warning: a development zone keeps the codes that its villages had before it took them over. */
function checkPrefix({ reader, codes, parent }: AreaDraft): void {
  const tier = parent?.tier;
  const [code] = codes ?? [];
  if (code === undefined || tier === undefined || parent?.codes === undefined || parent.codes === null) return;
  if (!parent.codes.some((own) => code.startsWith(prefixOf(own, tier)))) reader.say('CODE_NOT_BELOW_PARENT', 'codes', { name: parent.name ?? parent.id ?? '' });
}
