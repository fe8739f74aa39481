import type { Consequence } from '#libs/contracts';

export interface KeptSilent {
  /** What keeps it silent, at so many loudspeakers; `from`: not before then, Unix ms. */
  readonly by: readonly { readonly why: 'restricted' | 'restrictedFrom' | 'isolated' | 'quiet'; readonly n: number; readonly from: number | null }[];
  /** No loudspeaker at all sounds it. */
  readonly isEverywhere: boolean;
}

/** A voice is said now: what quiet hours put off is not said when they are over. */
export function keptSilent({ terminals, quiet, postponed, isolated, restricted, restrictedFrom }: Pick<Consequence, 'terminals' | 'quiet' | 'postponed' | 'isolated' | 'restricted' | 'restrictedFrom'>): KeptSilent {
  const quietNow = quiet + postponed.reduce((sum, one) => sum + one.terminals, 0);
  const all: KeptSilent['by'] = [
    { why: 'restricted', n: restricted, from: null },
    ...restrictedFrom.map(({ from, terminals: n }) => ({ why: 'restrictedFrom', n, from }) as const),
    { why: 'isolated', n: isolated, from: null },
    { why: 'quiet', n: quietNow, from: null },
  ];
  // No loudspeaker is counted both isolated and quiet; a restricted one may be either too.
  return { by: all.filter(({ n }) => n > 0), isEverywhere: terminals > 0 && Math.max(restricted, isolated + quietNow) >= terminals };
}
