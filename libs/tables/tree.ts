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
  for (const ring of ringsOf(nodes)) {
    for (const member of ring) inRing.add(member);
    const first = nodes.find((node) => ring.includes(node));
    const turned = first === undefined ? ring : [...ring.slice(ring.indexOf(first)), ...ring.slice(0, ring.indexOf(first))];
    first?.reader.say('CYCLE', 'parent', { ring: [...turned, first].map((member) => member.name ?? member.id ?? '').join(' → ') });
  }
  for (const { reader, tier, parent } of nodes.filter((node) => !inRing.has(node))) {
    if (tier === undefined || parent?.tier === undefined) continue;
    if (TIERS[tier].rank >= TIERS[parent.tier].rank) reader.say('TIER_ORDER', 'tier', { name: parent.name ?? parent.id ?? '' });
  }
}

/** Every way up is walked once: a row that was passed before leads to no ring that is not found already. */
function ringsOf(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const passed = new Set<Node>();
  const rings: (readonly Node[])[] = [];
  for (const node of nodes) {
    const way = new Set<Node>();
    let at: Node | null | undefined = node;
    while (at !== null && at !== undefined && !passed.has(at)) {
      passed.add(at);
      way.add(at);
      at = at.parent;
    }
    if (at !== null && at !== undefined && way.has(at)) rings.push([...way].slice([...way].indexOf(at)));
  }
  return rings;
}

/** The rows of the district tier; there must be exactly one. */
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
