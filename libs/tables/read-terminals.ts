import { readFreeCode, readDigits, readSim } from './codes';
import { boxAround, CHINA, fromGcj02, isInside, type Box, type Point } from './coordinates';
import { Names, sayTwice } from './names';
import type { AreaDraft } from './read-areas';
import { holders, type PlatformDraft } from './read-platforms';
import { ResourceNumbers } from '#libs/domain';
import { resourceFaults } from './resource-code';
import type { RowReader } from './row-reader';
import { DATUM_WORDS, DATUMS } from './words';

const NAME_CHARS = 60;
const MOST_HORNS = 8;
export const MOST_HOUSEHOLDS = 100_000;

export interface TerminalDraft {
  readonly reader: RowReader;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly platform: PlatformDraft | undefined;
  readonly area: AreaDraft | undefined;
  readonly physicalCode: string | undefined;
  resourceCode: string | undefined;
  readonly point: Point | null | undefined;
  readonly horns: number | undefined;
  readonly households: number | undefined;
  readonly naturalVillage: string | undefined;
  readonly sim: string | undefined;
}

/** Reads the terminals, checks where they stand, and gives resource codes to those that have none. */
export function readTerminals(
  rows: readonly RowReader[], platforms: readonly PlatformDraft[], areas: readonly AreaDraft[], taken: Iterable<string>,
): readonly TerminalDraft[] {
  const areaNames = new Names(areas);
  const platformNames = new Names(platforms);
  const holderOf = holders(platforms);
  const drafts = rows.map((reader): TerminalDraft => {
    const id = reader.id('id', true);
    const name = reader.text('name', NAME_CHARS, true);
    const platformRef = reader.reference('platform', false);
    const written = platformNames.find(platformRef, reader, 'platform', 'PLATFORM_UNKNOWN');
    const area = areaNames.find(reader.reference('area', true), reader, 'area', 'AREA_UNKNOWN');
    const holder = area === undefined ? undefined : holderOf.get(area);
    if (written !== undefined && area !== undefined && holder !== undefined && written !== holder) {
      reader.say('TERMINAL_AREA', 'area', { platform: written.name ?? written.id ?? '', name: area.name ?? area.id ?? '' });
    }
    return {
      reader, id, name, area, platform: written ?? (platformRef === '' ? holder : undefined),
      physicalCode: reader.code('physicalCode', true, (text) => [...text].length > 64 ? { ok: false, code: 'TOO_LONG', words: { limit: 64 } } : readFreeCode(text)),
      resourceCode: reader.code('resourceCode', false, (text) => readDigits(text, 23)),
      point: readTerminalPoint(reader),
      horns: reader.whole('horns', 1, MOST_HORNS, 1),
      households: reader.whole('households', 0, MOST_HOUSEHOLDS, 0),
      naturalVillage: reader.text('naturalVillage', NAME_CHARS, false),
      sim: reader.code('sim', false, readSim),
    };
  });
  const twice = (column: 'id' | 'physicalCode' | 'resourceCode' | 'sim', code: Parameters<typeof sayTwice>[2]): void => {
    sayTwice(drafts.map((draft) => ({ reader: draft.reader, value: draft[column] })), column, code);
  };
  twice('id', 'ID_TWICE');
  twice('physicalCode', 'PHYSICAL_CODE_TWICE');
  twice('resourceCode', 'RESOURCE_CODE_TWICE');
  twice('sim', 'SIM_TWICE');
  giveCodes(drafts, taken);
  return drafts;
}

function giveCodes(drafts: readonly TerminalDraft[], taken: Iterable<string>): void {
  const numbers = new ResourceNumbers([...taken, ...drafts.flatMap(({ resourceCode }) => (resourceCode === undefined || resourceCode === '' ? [] : [resourceCode]))]);
  for (const draft of drafts) {
    const { reader, area, resourceCode } = draft;
    if (area?.tier === undefined || area.codes === undefined) continue;
    const [code] = area.codes;
    if (resourceCode === undefined || code === undefined) continue;
    if (resourceCode !== '') {
      for (const fault of resourceFaults(resourceCode, { tier: area.tier, codes: area.codes })) reader.say(fault.code, 'resourceCode', fault.words);
      continue;
    }
    draft.resourceCode = numbers.next(area.tier, code);
    if (draft.resourceCode === undefined) reader.say('RESOURCE_FULL', 'resourceCode');
    else reader.say('RESOURCE_ASSIGNED', 'resourceCode', { code: draft.resourceCode });
  }
}

function readTerminalPoint(reader: RowReader): Point | null | undefined {
  const point = readPoint(reader);
  if (point === null) reader.say('NO_COORDINATES', 'longitude');
  return point;
}

/** A place in WGS84; null where nothing is written. Swapped pairs are told, not turned round. */
export function readPoint(reader: RowReader): Point | null | undefined {
  const longitude = reader.degrees('longitude');
  const latitude = reader.degrees('latitude');
  const datum = reader.choice('datum', DATUM_WORDS, DATUMS, 'wgs84');
  if (longitude === undefined || latitude === undefined || datum === undefined) return undefined;
  if (longitude === null && latitude === null) return null;
  if (longitude === null || latitude === null) return reader.say('COORDINATES_HALF', longitude === null ? 'longitude' : 'latitude');
  const point = { longitude, latitude };
  if (datum === 'bd09') return reader.say('BD09_REFUSED', 'datum');
  if (!isInside(point, CHINA)) {
    return reader.say(isInside({ longitude: latitude, latitude: longitude }, CHINA) ? 'COORDINATES_SWAPPED' : 'OUTSIDE_CHINA', 'longitude');
  }
  if (datum === 'wgs84') return point;
  reader.say('GCJ02_CONVERTED', 'datum');
  return fromGcj02(point);
}

/** Tells every point outside the district: its own box, or a degree around the middle one of the terminals. */
export function checkPoints(placed: readonly { readonly reader: RowReader; readonly point: Point | null | undefined }[], terminals: readonly TerminalDraft[], own: Box | null): void {
  const box = own ?? boxAround(terminals.flatMap(({ point }) => point ?? []));
  if (box === undefined) return;
  const words = { west: show(box.west), south: show(box.south), east: show(box.east), north: show(box.north) };
  for (const { reader, point } of placed) if (point !== null && point !== undefined && !isInside(point, box)) reader.say('OUTSIDE_DISTRICT', 'longitude', words);
}

function show(degrees: number): string {
  return degrees.toFixed(3);
}
