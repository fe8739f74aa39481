import type { AreaId, Targets, TerminalId } from '#libs/contracts';

/** Areas of one terminal, or of a district, each with its parent. */
export type AreaChain = readonly { readonly id: AreaId; readonly parent: AreaId | null }[];

/** Whether `area` is `top` or lies below it, by the signed parents of the chain. Unknown areas are below nothing. */
export function isWithin(chain: AreaChain, area: AreaId, top: AreaId): boolean {
  const parents = new Map(chain.map((entry) => [entry.id, entry.parent]));
  let at: AreaId | null = area;
  for (let steps = 0; at !== null && steps <= chain.length; steps += 1) {
    if (!parents.has(at)) return false;
    if (at === top) return true;
    at = parents.get(at) ?? null;
  }
  return false;
}

/** Those of `areas` that lie in no other of them: what reaches these reaches all. */
export function outermost(chain: AreaChain, areas: readonly AreaId[]): readonly AreaId[] {
  return areas.filter((area) => !areas.some((other) => isWithin(chain, area, other) && !isWithin(chain, other, area)));
}

/** Every area of the chain that is one of `tops` or lies below one: `isWithin` for many at once. */
export function areasWithin(chain: AreaChain, tops: readonly AreaId[]): ReadonlySet<AreaId> {
  const parents = new Map(chain.map((entry) => [entry.id, entry.parent]));
  const lies = (area: AreaId): boolean => {
    let at: AreaId | null = area;
    for (let steps = 0; at !== null && steps <= parents.size; steps += 1) {
      if (tops.includes(at) && parents.has(at)) return true;
      at = parents.get(at) ?? null;
    }
    return false;
  };
  return new Set([...parents.keys()].filter(lies));
}

/** Whether targets name this terminal: itself, or an area that it stands in. */
export function covers(targets: Targets, terminal: TerminalId, chain: AreaChain): boolean {
  return targets.terminals.includes(terminal) || targets.areas.some((area) => chain.some((entry) => entry.id === area));
}

/**
 * Whether a platform with these chartered areas may speak to this terminal through these targets: the terminal stands
 * in a chartered area, and each target area that the terminal stands in is itself chartered or below one. A township
 * that names the whole district reaches nobody, not even its own.
 */
export function mayReach(charteredAreas: readonly AreaId[], targets: Targets, chain: AreaChain): boolean {
  const chartered = charteredAreas.filter((top) => chain.some((entry) => entry.id === top));
  if (chartered.length === 0) return false;
  return targets.areas
    .filter((area) => chain.some((entry) => entry.id === area))
    .every((area) => chartered.some((top) => isWithin(chain, area, top)));
}
