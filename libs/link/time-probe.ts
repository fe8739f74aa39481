/**
 * One exchange of four times, in milliseconds: sent and answer received on the local monotonic clock,
 * received and answered on the remote time scale.
 */
export type TimeProbe = {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly answeredAt: number;
  readonly answerReceivedAt: number;
};

/** A probe that took longer says nothing and is not kept. */
const MAX_ROUND_TRIP_MS = 10_000;

/** Refuses what is not a number, an answer before its question, a negative way, and a way that took too long. */
export function isPlausibleProbe({ sentAt, receivedAt, answeredAt, answerReceivedAt }: TimeProbe): boolean {
  if (![sentAt, receivedAt, answeredAt, answerReceivedAt].every(Number.isFinite)) return false;
  const held = answeredAt - receivedAt;
  const waited = answerReceivedAt - sentAt;
  return held >= 0 && waited >= held && waited - held <= MAX_ROUND_TRIP_MS;
}
