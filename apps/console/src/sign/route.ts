import { useSyncExternalStore } from 'react';

/** Where in the pages somebody is, by the part of the address that no server sees. */
export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'approve'; readonly message: string }
  | { readonly kind: 'keys' }
  | { readonly kind: 'root' }
  | { readonly kind: 'officer'; readonly rest: string }
  /** Of one permit, or of all. */
  | { readonly kind: 'permits'; readonly digest: string | null };

export function routeOf(hash: string): Route {
  const [, first = '', rest = ''] = /^#\/([a-z]+)(?:\/(.*))?$/.exec(hash) ?? [];
  if (first === 'approve' && /^[0-9a-f-]{36}$/.test(rest)) return { kind: 'approve', message: rest };
  if (first === 'keys' || first === 'root') return { kind: first };
  if (first === 'officer') return { kind: 'officer', rest };
  if (first === 'permits') return { kind: 'permits', digest: /^[0-9a-f]{64}$/.test(rest) ? rest : null };
  return { kind: 'home' };
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return routeOf(hash);
}
