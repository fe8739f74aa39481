import { areaIdSchema, platformIdSchema, resourceCodeSchema, terminalIdSchema, type Bootstrap } from '#libs/contracts';
import { DISTRICT, TOWNSHIPS, type DemoPlace } from './places';
import { seededShare } from './seed';
import { cellOf, pointIn, type Cell } from './schematic';

export interface DemoTerminal {
  readonly id: string;
  readonly name: string;
  readonly place: DemoPlace;
  readonly resourceCode: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly horns: number;
  readonly households: number;
  readonly naturalVillage: string;
  readonly physicalCode: string;
}

export interface DemoDistrict {
  /** Parents before children. */
  readonly places: readonly DemoPlace[];
  readonly terminals: readonly DemoTerminal[];
  readonly map: Bootstrap['map'];
}

const FULL_TERMINALS = 600;
const SMALL_TERMINALS = 12;
const HAMLETS = ['上屋', '下屋', '老屋', '新屋', '东头', '西头', '塘边'];

function placeOf(id: string, parent: DemoPlace | null, tier: DemoPlace['tier'], name: string, codes: readonly string[]): DemoPlace {
  return {
    id: platformIdSchema.parse(id), area: areaIdSchema.parse(id), parent: parent?.id ?? null, parentArea: parent?.area ?? null, tier, name, codes,
  };
}

/** Every platform of the demo: the whole district, or with `small` one township and four of its villages. */
function demoPlaces(small: boolean): readonly DemoPlace[] {
  const district = placeOf(DISTRICT.id, null, 'district', DISTRICT.name, [DISTRICT.code]);
  const townships = (small ? TOWNSHIPS.slice(0, 1) : TOWNSHIPS).map((row) => ({
    row, place: placeOf(row.id, district, 'township', row.name, [row.code, row.oldCode]),
  }));
  const villages = townships.flatMap(({ row, place }) =>
    [...row.villages.map((name) => ({ name: `${name}村`, kind: '2' })), ...row.communities.map((name) => ({ name: `${name}社区`, kind: '0' }))]
      .slice(0, small ? 4 : undefined)
      .map(({ name, kind }, index) => {
        const number = String(index + 1).padStart(2, '0');
        return placeOf(`${row.id}-${number}`, place, 'village', name, [`${row.code.slice(0, 9)}${kind}${number}`]);
      }));
  return [district, ...townships.map(({ place }) => place), ...villages];
}

/** The demo district, the same on every machine: 1 district, 5 townships, 87 villages, 600 terminals; small 1, 1, 4, 12. */
export function demoDistrict(small: boolean): DemoDistrict {
  const places = demoPlaces(small);
  const villages = places.filter((place) => place.tier === 'village');
  const cells = new Map<string, Cell>(villages.map((place, index) => [place.id, cellOf(index, villages.length)]));
  const total = small ? SMALL_TERMINALS : FULL_TERMINALS;
  const terminals = villages.flatMap((place, index) => {
    const count = Math.floor(total / villages.length) + (index < total % villages.length ? 1 : 0);
    const cell = cells.get(place.id);
    return cell === undefined ? [] : Array.from({ length: count }, (_, at) => demoTerminal(place, at, cell));
  });
  return {
    places,
    terminals,
    map: {
      note: '示意图，非行政区域界线；演示数据 (schematic with invented shapes; demo data)',
      shapes: villages.flatMap((place) => {
        const cell = cells.get(place.id);
        return cell === undefined ? [] : [{ area: place.area, polygon: cell.polygon.map(([x, y]): [number, number] => [x, y]) }];
      }),
    },
  };
}

function demoTerminal(place: DemoPlace, at: number, cell: Cell): DemoTerminal {
  const hamlet = HAMLETS[at % HAMLETS.length] ?? '老屋';
  const id = `t-${place.id}-${at + 1}`;
  const [longitude, latitude] = pointIn(cell, seededShare(`${id} x`), seededShare(`${id} y`));
  const sequence = String(at + 1).padStart(2, '0');
  return {
    id: terminalIdSchema.parse(id),
    name: `${place.name}${hamlet}${at + 1}号`,
    place,
    // GD/J 080 5.2: level 6, area code, 0314 loudspeaker system 01, 04 terminal, its number.
    resourceCode: resourceCodeSchema.parse(`6${place.codes[0] ?? ''}03140104${sequence}`),
    latitude,
    longitude,
    horns: 1 + Math.floor(seededShare(`${id} horns`) * 4),
    households: 20 + Math.floor(seededShare(`${id} households`) * 120),
    naturalVillage: hamlet,
    physicalCode: `DEMO-${place.id.toUpperCase()}-${sequence}`,
  };
}
