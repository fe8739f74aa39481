const KEPT = 'clarion-compared';

/** Requests whose digits this officer has compared in this tab: kept while the tab lives, so that a stale paper is drafted anew in one tap. */
export function comparedBefore(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}

export function keepCompared(ids: ReadonlySet<string>): void {
  sessionStorage.setItem(KEPT, JSON.stringify([...ids]));
}
