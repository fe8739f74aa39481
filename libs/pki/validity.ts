/** Clocks of servers and terminals may differ by this much without a fresh certificate being refused. */
const BACKDATED_MS = 5 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** From five minutes before `now` (Unix ms) for the given days; whole seconds, because that is what a certificate holds. */
export function validityFrom(now: number, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const start = Math.floor(now / 1000) * 1000;
  return { notBefore: new Date(start - BACKDATED_MS), notAfter: new Date(start + days * DAY_MS) };
}
