import type { Cell, RawTable } from './cell';
import { EMPTY } from './cell';
import { guardFormula } from './formula-guard';
import { SHAPES, TABLES, type TableKey } from './columns';
import type { District } from './district';
import { CLASS_WORDS, PLACE_WORDS, ROLE_WORDS, TIER_WORDS } from './words';

/** A cell to be written: text, a number, or nothing. Codes are text whatever they look like. */
export type Written = string | number | null;

/** The tables of a district, heading first, as `readDistrict` takes them; reading them again gives the same district. */
export function tablesOf(district: District): readonly { readonly key: TableKey; readonly rows: readonly (readonly Written[])[] }[] {
  const rows: Readonly<Record<TableKey, readonly Readonly<Record<string, Written>>[]>> = {
    areas: district.areas.map(({ tier, codes, box, ...area }) => ({ ...area, tier: TIER_WORDS[tier][0], codes: codes.join(','), west: box?.west ?? null, south: box?.south ?? null, east: box?.east ?? null, north: box?.north ?? null })),
    platforms: district.platforms.map(({ tier, areas, ...platform }) => ({ ...platform, tier: TIER_WORDS[tier][0], areas: areas.join(',') })),
    units: district.units.map(({ classes, ...unit }) => ({ ...unit, classes: classes.map((one) => CLASS_WORDS[one][0]).join(',') })),
    people: district.people.map(({ roles, keys, ...person }) => ({ ...person, key: keys.join(','), roles: roles.map((role) => ROLE_WORDS[role][0]).join(',') })),
    terminals: district.terminals.map((terminal) => ({ ...terminal })),
    naturalVillages: district.naturalVillages.map((village) => ({ ...village })),
    publicPlaces: district.publicPlaces.map(({ kind, ...place }) => ({ ...place, kind: kind === 'other' ? '其他' : PLACE_WORDS[kind][0] })),
  };
  return TABLES.map((key) => ({ key, rows: [headingOf(key), ...rows[key].map((row) => SHAPES[key].columns.map((column) => row[column.key] ?? null))] }));
}

export function headingOf(key: TableKey): readonly string[] {
  return SHAPES[key].columns.map((column) => `${column.zh} / ${column.en}`);
}

/** What a reader would make of written cells: the way from tables to tables without a file between. */
export function asRaw(tables: ReturnType<typeof tablesOf>): readonly RawTable[] {
  const cell = (written: Written): Cell => written === null || written === '' ? EMPTY : typeof written === 'number' ? { kind: 'number', written: String(written) } : { kind: 'text', written: guardFormula(written) };
  return tables.map(({ key, rows }) => ({ name: key, rows: rows.map((row) => row.map(cell)) }));
}
