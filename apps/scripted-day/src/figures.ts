/** What a virtual sound card recorded of one repetition. Times are true Unix ms of this machine. */
export interface CardStart {
  readonly terminal: string;
  readonly dispatchId: string;
  readonly messageDigest: string;
  readonly repetition: number;
  /** When the first sample was due. */
  readonly startAt: number;
  readonly startedAt: number;
  /** When the samples lay ready in the card. */
  readonly readyAt: number;
  readonly endedAt: number | null;
  /** Where in the repetition it began, ms; not 0 when it went on after an interruption. */
  readonly fromMs: number;
  readonly gainDb: number;
  /** Null when it was cut; of a living voice over the SHA-256 of each packet that sounded. */
  readonly digest: string | null;
  /** Of a living voice: how many sounded. */
  readonly packets?: number | null;
}

export interface Percentiles { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }

const READY_AHEAD_MS = 100;

/** Nearest-rank percentiles, rounded to 0.01 ms; NaN-free: an empty set gives -1, which no check passes. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? -1) * 100) / 100;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** First repetitions of one message, one per terminal. */
export function firstStarts(cards: readonly CardStart[], messageDigest: string): readonly CardStart[] {
  return cards.filter((card) => card.messageDigest === messageDigest && card.repetition === 1);
}

/** |first sample - startAt| of those whose samples were ready 100 ms before; the others are late starts. */
export function startSkew(starts: readonly CardStart[]): { readonly skew: Percentiles; readonly lateStarts: number } {
  const ready = starts.filter((card) => card.readyAt <= card.startAt - READY_AHEAD_MS);
  return { skew: percentiles(ready.map((card) => Math.abs(card.startedAt - card.startAt))), lateStarts: starts.length - ready.length };
}

/** The same (message, repetition) begun more than once on one card; going on after an interruption is no beginning. */
export function doubled(cards: readonly CardStart[]): number {
  const seen = new Set<string>();
  return cards.filter((card) => {
    if (card.fromMs > 0) return false;
    const key = `${card.terminal} ${card.messageDigest} ${card.repetition}`;
    if (seen.has(key)) return true;
    seen.add(key);
    return false;
  }).length;
}

/** Terminals that sounded a message without being among its targets. */
export function outsideSounded(cards: readonly CardStart[], targets: ReadonlyMap<string, ReadonlySet<string>>): number {
  return new Set(cards.filter((card) => targets.get(card.messageDigest)?.has(card.terminal) !== true).map((card) => `${card.terminal} ${card.messageDigest}`)).size;
}

/** Starts after the message's notAfter, or after a stop of it had reached that terminal's platform (issuedAt + grace). */
export function staleSounded(cards: readonly CardStart[], ends: ReadonlyMap<string, { readonly notAfter: number; readonly stoppedAt: number | null }>): number {
  return cards.filter((card) => {
    const end = ends.get(card.messageDigest);
    return end === undefined || card.startedAt > end.notAfter || (end.stoppedAt !== null && card.startedAt > end.stoppedAt + 1_000);
  }).length;
}
