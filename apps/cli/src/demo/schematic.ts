import { seededShare } from './seed';

/** One invented village shape: a grid cell with bent corners, [longitude, latitude]. */
export interface Cell { readonly polygon: readonly (readonly [number, number])[] }

const WEST = 115.7;
const SOUTH = 28.68;
const STEP = 0.016;

/** The cell of the n-th village, laid out so that villages of one township lie side by side and no gap is left. */
export function cellOf(index: number, total: number): Cell {
  const rows = Math.max(2, Math.round(Math.sqrt(total * 0.7)));
  const column = Math.floor(index / rows);
  const row = column % 2 === 0 ? index % rows : rows - 1 - (index % rows);
  return { polygon: [corner(column, row), corner(column + 1, row), corner(column + 1, row + 1), corner(column, row + 1)] };
}

/** A point inside a cell from two shares in [0, 1), kept away from the edges. */
export function pointIn(cell: Cell, u: number, v: number): readonly [number, number] {
  const [a, b, c, d] = cell.polygon;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return [WEST, SOUTH];
  const s = 0.15 + 0.7 * u;
  const t = 0.15 + 0.7 * v;
  const blend = (axis: 0 | 1): number => round((a[axis] * (1 - s) + b[axis] * s) * (1 - t) + (d[axis] * (1 - s) + c[axis] * s) * t);
  return [blend(0), blend(1)];
}

function corner(column: number, row: number): readonly [number, number] {
  const bend = (axis: string): number => (seededShare(`corner ${column} ${row} ${axis}`) - 0.5) * STEP * 0.5;
  return [round(WEST + column * STEP + bend('x')), round(SOUTH + row * STEP * 0.85 + bend('y'))];
}

function round(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}
