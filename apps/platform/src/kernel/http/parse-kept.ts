/** The answer as `withIdempotency` itself wrote it; what it holds is the caller's own type. */
export function parseKept<T>(stored: unknown): { readonly answer: T } {
  return stored as { readonly answer: T };
}
