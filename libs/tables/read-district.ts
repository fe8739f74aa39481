import type { Policy } from '#libs/contracts';
import type { RawTable } from './cell';
import type { AreaEntry, District, PersonEntry, PlatformEntry, TerminalEntry } from './district';
import { faultOf, isClean, type TableFault } from './fault';
import { matchTables } from './match-tables';
import { readAreas, type AreaDraft } from './read-areas';
import { readPeople, readUnits, type PersonDraft } from './read-people';
import { readNaturalVillages, readPublicPlaces } from './read-places';
import { holders, readPlatforms, type PlatformDraft } from './read-platforms';
import { checkPoints, readTerminals, type TerminalDraft } from './read-terminals';
import { parentsFirst } from './tree';

export interface ReadOptions {
  /** The policy that the platforms will run under: it says how many people each needs. */
  readonly policy: Policy;
  /** Resource codes that were given before, also to terminals that are gone: never given again. */
  readonly taken?: Iterable<string>;
}

/** `district` is there when nothing is an error; the faults are everything that is wrong, in the order of the tables. */
export interface DistrictReading {
  readonly district: District | undefined;
  readonly faults: readonly TableFault[];
}

/** Reads a district from its tables. Never throws for what stands in them; tells everything that is wrong at once. */
export function readDistrict(raw: readonly RawTable[], { policy, taken = [] }: ReadOptions): DistrictReading {
  const faults: TableFault[] = [];
  const tables = matchTables(raw, faults);
  const areas = readAreas(tables.areas, (code, has) => { faults.push(faultOf(code, { table: 'areas' }, { has })); });
  const platforms = readPlatforms(tables.platforms, areas, (code, has) => { faults.push(faultOf(code, { table: 'platforms' }, { has })); });
  const units = readUnits(tables.units, platforms);
  const people = readPeople(tables.people, platforms, units, policy);
  const terminals = readTerminals(tables.terminals, platforms, areas, taken);
  const naturalVillages = readNaturalVillages(tables.naturalVillages, areas, terminals);
  const publicPlaces = readPublicPlaces(tables.publicPlaces, areas);
  checkPoints([...terminals, ...publicPlaces], terminals, areas.find((area) => area.tier === 'district')?.box ?? null);
  if (!isClean(faults)) return { district: undefined, faults };
  const holderOf = holders(platforms);
  const district: District = {
    areas: parentsFirst(areas.flatMap((draft) => areaEntry(draft, holderOf.get(draft)))),
    platforms: parentsFirst(platforms.flatMap(platformEntry)),
    units: units.flatMap(({ platform, id, name, classes }) => (platform?.id === undefined || id === undefined || name === undefined || classes === undefined ? [] : [{ platform: platform.id, id, name, classes }])),
    people: people.flatMap(personEntry),
    terminals: terminals.flatMap(terminalEntry),
    naturalVillages: naturalVillages.flatMap(({ area, name, households }) => (area?.id === undefined || name === undefined || households === undefined ? [] : [{ area: area.id, name, households }])),
    publicPlaces: publicPlaces.flatMap(({ name, kind, area, people: heads, point }) => (
      name === undefined || kind === undefined || area?.id === undefined || heads === undefined || point === undefined
        ? [] : [{ name, kind, area: area.id, people: heads, longitude: point?.longitude ?? null, latitude: point?.latitude ?? null }])),
  };
  return { district, faults };
}

function areaEntry({ id, name, tier, parent, codes, box }: AreaDraft, holder: PlatformDraft | undefined): readonly AreaEntry[] {
  const platform = holder?.id;
  if (id === undefined || name === undefined || tier === undefined || parent === undefined || codes === undefined || platform === undefined) return [];
  return [{ id, name, tier, parent: parent?.id ?? null, codes, platform, box }];
}

function platformEntry({ id, name, tier, parent, areas }: PlatformDraft): readonly PlatformEntry[] {
  if (id === undefined || name === undefined || tier === undefined || parent === undefined) return [];
  return [{ id, name, tier, parent: parent?.id ?? null, areas: areas.flatMap((area) => area.id ?? []) }];
}

function personEntry({ platform, unit, id, title, roles, account, keys, officerKey }: PersonDraft): readonly PersonEntry[] {
  if (platform?.id === undefined || unit?.id === undefined || id === undefined || title === undefined || roles === undefined || account === undefined || keys === undefined || officerKey === undefined) return [];
  return [{ platform: platform.id, unit: unit.id, id, title, roles, account, keys, officerKey }];
}

function terminalEntry({ id, name, platform, area, physicalCode, resourceCode, point, horns, households, naturalVillage, sim }: TerminalDraft): readonly TerminalEntry[] {
  if (id === undefined || name === undefined || platform?.id === undefined || area?.id === undefined || physicalCode === undefined || resourceCode === undefined) return [];
  if (point === undefined || horns === undefined || households === undefined || naturalVillage === undefined || sim === undefined) return [];
  return [{
    id, name, platform: platform.id, area: area.id, physicalCode, resourceCode, longitude: point?.longitude ?? null, latitude: point?.latitude ?? null,
    horns, households, naturalVillage, sim,
  }];
}
