import { areaDeclarationSchema, areaIdSchema, personIdSchema, platformIdSchema, resourceCodeSchema, terminalIdSchema, unitIdSchema, unitSchema, type Bootstrap } from '#libs/contracts';
import { publicKeyOf, type Box, type District, type PersonEntry } from '#libs/tables';
import type { DistrictPlan, PlannedPerson } from './plan';

/** What stands for "nobody has measured it" where a position must be a number: no terminal of ours stands in that sea. */
export const UNMEASURED = { longitude: 0, latitude: 0 } as const;
export const IMPORTED_MAP = '由表格导入，没有村界图形 (imported from tables, which hold no shapes)';

/** The plan of a district whose tables were read without an error. */
export function planOf(district: District): DistrictPlan {
  return {
    platforms: district.platforms.map((platform) => ({
      id: platformIdSchema.parse(platform.id),
      parent: platform.parent === null ? null : platformIdSchema.parse(platform.parent),
      tier: platform.tier,
      name: platform.name,
      areas: platform.areas.flatMap((id) => district.areas.filter((area) => area.id === id)).map(({ id, parent, name, codes }) => areaDeclarationSchema.parse({ id, parent, name, codes })),
      units: district.units.filter((unit) => unit.platform === platform.id).map(({ id, name, classes }) => unitSchema.parse({ id, name, classes })),
      people: district.people.filter((person) => person.platform === platform.id).map(personOf),
    })),
    terminals: district.terminals.map(({ id, platform, area, resourceCode, longitude, latitude, sim, ...terminal }) => ({
      ...terminal,
      id: terminalIdSchema.parse(id), platform: platformIdSchema.parse(platform), area: areaIdSchema.parse(area), resourceCode: resourceCodeSchema.parse(resourceCode),
      ...(longitude === null || latitude === null ? UNMEASURED : { longitude, latitude }),
      ...(sim === '' ? {} : { sim }),
    })),
    map: { note: IMPORTED_MAP, shapes: district.areas.flatMap((area) => (area.box === null ? [] : [{ area: areaIdSchema.parse(area.id), polygon: cornersOf(area.box) }])) },
    naturalVillages: district.naturalVillages.map(({ area, ...village }) => ({ ...village, area: areaIdSchema.parse(area) })),
    publicPlaces: district.publicPlaces.map(({ area, ...place }) => ({ ...place, area: areaIdSchema.parse(area) })),
  };
}

function personOf({ id, account, unit, roles, title, keys, officerKey }: PersonEntry): PlannedPerson {
  const own = keys.flatMap((spki) => publicKeyOf(spki) ?? []);
  const officers = publicKeyOf(officerKey);
  return {
    id: personIdSchema.parse(id), account, unit: unitIdSchema.parse(unit), roles, title, officer: roles.includes('officer'),
    ...(own.length === 0 ? {} : { keys: own }), ...(officers === undefined ? {} : { officerKey: officers }),
  };
}

type Polygon = Bootstrap['map']['shapes'][number]['polygon'];

function cornersOf({ west, south, east, north }: Box): Polygon {
  return [[west, south], [east, south], [east, north], [west, north]];
}

/** The box that a polygon made by `planOf` was; null for any other shape. */
export function boxOf(polygon: Polygon | undefined): Box | null {
  const [first, , third] = polygon ?? [];
  if (polygon === undefined || first === undefined || third === undefined) return null;
  const box = { west: first[0], south: first[1], east: third[0], north: third[1] };
  return JSON.stringify(cornersOf(box)) === JSON.stringify(polygon) ? box : null;
}
