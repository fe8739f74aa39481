import type { AreaId } from '#libs/contracts';
import type { TrustState } from '#libs/trust';

export type Chain = readonly { readonly id: AreaId; readonly parent: AreaId | null }[];

/** Answers an area's way up to the district's, by the signed parents of the charters; undefined for an undeclared area. */
export function declaredChains(state: TrustState): (area: AreaId) => Chain | undefined {
  const parents = new Map<AreaId, AreaId | null>();
  for (const { value } of state.charters.values()) for (const { id, parent } of value.areas) parents.set(id, parent);
  return (area) => {
    const chain: { id: AreaId; parent: AreaId | null }[] = [];
    for (let at: AreaId | null = area; at !== null; ) {
      const parent: AreaId | null | undefined = parents.get(at);
      if (parent === undefined || chain.length > parents.size) return undefined;
      chain.push({ id: at, parent });
      at = parent;
    }
    return chain;
  };
}
