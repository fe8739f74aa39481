/** Makes something at its first use and keeps it: most keys of a document are only registered, few are ever asked. */
export function whenNeeded<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
