/** The `code` of a failed system call, or undefined. Asks for the property, not the class: errors may come from another realm. */
export function errorCode(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}
