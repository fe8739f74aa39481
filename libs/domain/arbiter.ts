import type { Digest, DispatchId, MessageClass, Mode, PlatformId, Severity, Tier } from '#libs/contracts';
import { CLASSES, SEVERITIES, TIERS } from './classes';

/** What decides who has the loudspeaker: from the approved message, its issuer and its dispatch, never from an operator's setting. */
export interface Claim {
  readonly mode: Mode;
  readonly class: MessageClass;
  readonly tier: Tier;
  readonly severity: Severity;
  /** Of the dispatch, Unix ms. */
  readonly issuedAt: number;
  readonly dispatchId: DispatchId;
}

/** Actual before drill, then class, tier, severity (design 5 "Arbiter"); positive when `a` ranks above `b`, 0 when equal. */
export function compareRank(a: Claim, b: Claim): number {
  return (
    actual(a.mode) - actual(b.mode)
    || CLASSES[a.class].rank - CLASSES[b.class].rank
    || TIERS[a.tier].rank - TIERS[b.tier].rank
    || SEVERITIES[a.severity].rank - SEVERITIES[b.severity].rank
  );
}

/** Whether `a` may cut `b` off: strictly higher only, so that a storm of equal alerts never cuts itself to pieces. */
export function preempts(a: Claim, b: Claim): boolean {
  return compareRank(a, b) > 0;
}

/** Who gets a free loudspeaker: the highest rank, among equals the earliest by (issuedAt, dispatchId). */
export function firstInLine<C extends Claim>(claims: readonly C[]): C | undefined {
  return [...claims].sort(inLine)[0];
}

/** The order of a queue: higher rank first, then the earlier dispatch, then the lower id (design 5). */
export function inLine(a: Claim, b: Claim): number {
  return compareRank(b, a) || a.issuedAt - b.issuedAt || (a.dispatchId < b.dispatchId ? -1 : a.dispatchId > b.dispatchId ? 1 : 0);
}

/** Who has the loudspeaker next: whoever has it now, unless somebody of strictly higher rank asks. */
export function nextSpeaker<C extends Claim>(speaking: C | undefined, asking: readonly C[]): C | undefined {
  const first = firstInLine(asking);
  if (speaking === undefined || first === undefined) return speaking ?? first;
  return preempts(first, speaking) ? first : speaking;
}

function actual(mode: Mode): number {
  return mode === 'actual' ? 1 : 0;
}

/** One admitted item as the arbiter sees it. */
export interface ArbiterItem extends Claim {
  readonly messageDigest: Digest;
  readonly platform: PlatformId;
  readonly replaces: Digest | null;
  /** When its next repetition is due, Unix ms. */
  readonly dueAt: number;
}

export interface RunningItem extends ArbiterItem {
  /** End of the repetition that sounds now, or of the gap after it. */
  readonly repetitionEndsAt: number;
}

export interface ArbiterFacts {
  readonly running: RunningItem | null;
  readonly queued: readonly ArbiterItem[];
  readonly incoming: ArbiterItem | null;
  readonly now: number;
}

export type CutReason = 'replaced' | 'preempted';

export interface ArbiterDecision {
  /** What sounds from now on: null for silence, the running item when nothing changes. */
  readonly sounding: ArbiterItem | null;
  /** Items that end at once and do not come back by themselves. */
  readonly cut: readonly { readonly item: ArbiterItem; readonly reason: CutReason }[];
  /** Everything that waits, first to sound first. The running item stands here when it gave way at its boundary. */
  readonly queue: readonly ArbiterItem[];
  /** When to ask again if nothing arrives before; null when nothing waits. */
  readonly wakeAt: number | null;
  /** The incoming item names a predecessor of another platform: ignored, and to be reported. */
  readonly ignoredReplaces: boolean;
}

/**
 * What one loudspeaker does now. Strictly higher pre-empts at once; equal waits for the end of the running repetition
 * and then the earlier (issuedAt, dispatchId) goes first, so that a storm of alerts never cuts itself to pieces;
 * `replaces` ends its predecessor at once, only between messages of the same platform. Ask at every arrival, at every
 * repetition's end and at `wakeAt`.
 */
export function decide({ running, queued, incoming, now }: ArbiterFacts): ArbiterDecision {
  const predecessor = incoming === null ? undefined : [...(running === null ? [] : [running]), ...queued].filter((item) => item.messageDigest === incoming.replaces);
  const replaced = (predecessor ?? []).filter((item) => item.platform === incoming?.platform);
  const ignoredReplaces = (predecessor ?? []).length > replaced.length;
  const cut: { item: ArbiterItem; reason: CutReason }[] = replaced.map((item) => ({ item, reason: 'replaced' }));
  const still = running !== null && !replaced.includes(running) ? running : null;
  const waiting = [...queued.filter((item) => !replaced.includes(item)), ...(incoming === null ? [] : [incoming])].sort(inLine);
  const first = waiting.find((item) => item.dueAt <= now) ?? null;

  let sounding: ArbiterItem | null = still ?? first;
  let queue = waiting;
  if (still !== null && first !== null && compareRank(first, still) > 0) {
    sounding = first;
    cut.push({ item: still, reason: 'preempted' });
  } else if (still !== null && first !== null && now >= still.repetitionEndsAt && inLine(first, still) < 0) {
    sounding = first;
    queue = [...waiting, still].sort(inLine);
  }
  queue = queue.filter((item) => item !== sounding);
  return { sounding, cut, queue, wakeAt: wakeAt(sounding, still, queue, now), ignoredReplaces };
}

/** The next due time of something that waits, or the boundary at which something already due may take over. */
function wakeAt(sounding: ArbiterItem | null, still: RunningItem | null, queue: readonly ArbiterItem[], now: number): number | null {
  const times = queue.filter((item) => item.dueAt > now).map((item) => item.dueAt);
  if (still !== null && sounding === still && queue.some((item) => item.dueAt <= now) && still.repetitionEndsAt > now) times.push(still.repetitionEndsAt);
  return times.length === 0 ? null : Math.min(...times);
}
