import { useSyncExternalStore } from 'react';

/** Where in the pages somebody is, by the part of the address that no server sees. */
export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'approve'; readonly message: string }
  | { readonly kind: 'keys' }
  | { readonly kind: 'root' }
  | { readonly kind: 'officer'; readonly rest: string }
  /** Of one permit, or of all. */
  | { readonly kind: 'permits'; readonly digest: string | null }
  /** To speak: under a permit or a new grant, or under one that waits. */
  | { readonly kind: 'live'; readonly message: string | null };

const UUID = /^[0-9a-f-]{36}$/;

export function routeOf(hash: string): Route {
  const [, first = '', rest = ''] = /^#\/([a-z]+)(?:\/(.*))?$/.exec(hash) ?? [];
  if (first === 'live') return { kind: 'live', message: UUID.test(rest) ? rest : null };
  if (first === 'approve' && UUID.test(rest)) return { kind: 'approve', message: rest };
  if (first === 'keys' || first === 'root') return { kind: first };
  if (first === 'officer') return { kind: 'officer', rest };
  if (first === 'permits') return { kind: 'permits', digest: /^[0-9a-f]{64}$/.test(rest) ? rest : null };
  return { kind: 'home' };
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

let heldAt: string | null = null;

/**
 * Keeps the page that is open whatever the address says, while leaving would cut somebody off; the page hears of the attempt
 * and puts the address right. Undone by what this gives.
 */
export function stayHere(tried: (wanted: string) => void): () => void {
  const own = window.location.hash;
  const changed = (): void => {
    if (window.location.hash === own) return;
    tried(window.location.hash);
    window.location.hash = own;
  };
  heldAt = own;
  window.addEventListener('hashchange', changed);
  return () => {
    heldAt = null;
    window.removeEventListener('hashchange', changed);
  };
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => heldAt ?? window.location.hash);
  return routeOf(hash);
}
