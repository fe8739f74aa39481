/** Minutes and seconds, as a watch shows them. */
export function minutesOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Whole seconds that are left, rounded up: it never says 0 while something is left. */
export function secondsLeft(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000));
}

/** A minute of the day as a clock shows it. */
export function clockOfMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

const CST = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit' });

/** The time of day in China, rounded up to the minute. */
export function hourOf(at: number): string {
  return CST.format(Math.ceil(at / 60_000) * 60_000);
}
