import type { PlaceKind } from '#libs/contracts';
import { Names, sayTwice } from './names';
import type { AreaDraft } from './read-areas';
import { MOST_HOUSEHOLDS, readPoint, type TerminalDraft } from './read-terminals';
import type { RowReader } from './row-reader';
import { rowsBy } from './rows-by';
import type { Point } from './coordinates';
import { PLACE_KINDS, PLACE_WORDS } from './words';

const NAME_CHARS = 60;
const MOST_PEOPLE = 1_000_000;

export interface NaturalVillageDraft {
  readonly reader: RowReader;
  readonly area: AreaDraft | undefined;
  readonly name: string | undefined;
  readonly households: number | undefined;
}

export interface PublicPlaceDraft {
  readonly reader: RowReader;
  readonly name: string | undefined;
  readonly kind: PlaceKind | undefined;
  readonly area: AreaDraft | undefined;
  readonly people: number | undefined;
  readonly point: Point | null | undefined;
}

/** Reads the natural villages; a terminal that names one its area does not have is told, where the area has any. */
export function readNaturalVillages(rows: readonly RowReader[], areas: readonly AreaDraft[], terminals: readonly TerminalDraft[]): readonly NaturalVillageDraft[] {
  const names = new Names(areas);
  const drafts = rows.map((reader): NaturalVillageDraft => ({
    reader,
    area: names.find(reader.reference('area', true), reader, 'area', 'AREA_UNKNOWN'),
    name: reader.text('name', NAME_CHARS, true),
    households: reader.whole('households', 0, MOST_HOUSEHOLDS, 0),
  }));
  const byArea = rowsBy(drafts, ({ area }) => area);
  for (const own of byArea.values()) sayTwice(own.map(({ reader, name }) => ({ reader, value: name })), 'name', 'NAME_TWICE');
  for (const { reader, area, naturalVillage: name } of terminals) {
    const own = area === undefined ? undefined : byArea.get(area);
    if (own !== undefined && name !== undefined && name !== '' && !own.some((draft) => draft.name === name)) reader.say('NATURAL_VILLAGE_UNKNOWN', 'naturalVillage', { name });
  }
  return drafts;
}

export function readPublicPlaces(rows: readonly RowReader[], areas: readonly AreaDraft[]): readonly PublicPlaceDraft[] {
  const names = new Names(areas);
  return rows.map((reader) => ({
    reader,
    name: reader.text('name', NAME_CHARS, true),
    kind: reader.choice('kind', PLACE_WORDS, PLACE_KINDS, undefined),
    area: names.find(reader.reference('area', true), reader, 'area', 'AREA_UNKNOWN'),
    people: reader.whole('people', 0, MOST_PEOPLE, 0),
    point: readPoint(reader),
  }));
}
