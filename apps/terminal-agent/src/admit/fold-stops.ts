import type { Tombstone } from '#libs/domain';

/** A stop counts one, and one more for each message that it names. Nobody who means it comes near this in ten days. */
const MOST = 2_048;

/** Where a tombstone holds and for whom: those that agree in this can stand for each other. */
function placeOf({ tier, area, signerLeft }: Tombstone): string {
  return `${tier} ${area} ${String(signerLeft)}`;
}

function weightOf({ scope }: Tombstone): number {
  return scope.kind === 'all' ? 1 : 1 + scope.messages.length;
}

/**
 * The stops with one more, bounded for each tier and place: a terminal writes all of them with every decision. None is
 * forgotten. Of too many the older half becomes one stop of everything up to the newest of them: more than they said
 * (and less only of a message issued after all of them), as whoever gives so many could have said at once.
 */
export function withStop<T extends Tombstone & { readonly folded: boolean }>(stops: readonly T[], added: T, most = MOST): readonly T[] {
  const place = placeOf(added);
  const there = stops.filter((stop) => placeOf(stop) === place);
  // What was folded came before; sent again, it is covered already.
  if (there.some((stop) => stop.folded && added.issuedAt <= stop.issuedAt)) return stops;
  const all = [...there, added].sort((a, b) => a.issuedAt - b.issuedAt);
  if (all.reduce((sum, stop) => sum + weightOf(stop), 0) <= most) return [...stops, added];
  const older = all.slice(0, Math.ceil(all.length / 2));
  const newest = older[older.length - 1];
  if (newest === undefined) return [...stops, added];
  const folded = { ...newest, scope: { kind: 'all' as const }, until: Math.max(...older.map(({ until }) => until)), folded: true };
  return [...stops.filter((stop) => placeOf(stop) !== place), folded, ...all.slice(older.length)];
}
