import type { Tier } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import type { RowReader } from './row-reader';

/** A row with its place among the others. `parent` is undefined when it could not be told, null for the topmost. */
export interface Node {
  readonly reader: RowReader;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly tier: Tier | undefined;
  readonly parent: Node | null | undefined;
}

/** Tells rings of parents, each once, and every row that is not of a lower tier than its parent. */
export function checkTree(nodes: readonly Node[]): void {
  const inRing = new Set<Node>();
  for (const node of nodes) {
    const ring = ringOf(node);
    if (ring.length === 0 || inRing.has(node)) continue;
    for (const member of ring) inRing.add(member);
    node.reader.say('CYCLE', 'parent', { ring: [...ring, node].map((member) => member.name ?? member.id ?? '').join(' → ') });
  }
  for (const { reader, tier, parent } of nodes.filter((node) => !inRing.has(node))) {
    if (tier === undefined || parent?.tier === undefined) continue;
    if (TIERS[tier].rank >= TIERS[parent.tier].rank) reader.say('TIER_ORDER', 'tier', { name: parent.name ?? parent.id ?? '' });
  }
}

/** The way from a row up through its parents and back to itself; empty when it does not come back. */
function ringOf(node: Node): readonly Node[] {
  const way: Node[] = [];
  for (let at: Node | null | undefined = node; at !== null && at !== undefined; at = at.parent) {
    if (way.includes(at)) return at === node ? way : [];
    way.push(at);
  }
  return [];
}

/** Exactly one row is of the district tier; told at the second one, or of the table when there is none. */
export function topsOf<T extends { readonly tier: Tier | undefined; readonly reader: RowReader }>(rows: readonly T[]): readonly T[] {
  return rows.filter((row) => row.tier === 'district');
}

/** Whether `at` is `top` or lies below it. */
export function liesWithin(at: Node, top: Node): boolean {
  const seen = new Set<Node>();
  for (let here: Node | null | undefined = at; here !== null && here !== undefined && !seen.has(here); here = here.parent) {
    if (here === top) return true;
    seen.add(here);
  }
  return false;
}

/** Rows in an order in which parents come before children; the order of the file is kept otherwise. */
export function parentsFirst<T extends { readonly tier: Tier }>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => TIERS[b.tier].rank - TIERS[a.tier].rank);
}
