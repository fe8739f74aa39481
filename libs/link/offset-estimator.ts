import { fitDrift, type ShortestWays } from './drift-fit';
import { isPlausibleProbe, type TimeProbe } from './time-probe';

export type OffsetEstimate = {
  /** Remote time minus local monotonic time, at the moment asked for. */
  readonly offsetMs: number;
  /** The truth lies within this of `offsetMs` if no delay was negative: half the shortest round trip, and more as probes age. */
  readonly uncertaintyMs: number;
  /** How fast the remote clock gains on the local one, in millionths. */
  readonly driftPpm: number;
};

export interface OffsetEstimator {
  /** Takes one probe; false when it was not plausible and was left out. Probes come in the order of their answers. */
  add(probe: TimeProbe): boolean;
  /** Undefined before the first probe. Without new probes the last ones go on counting, with growing uncertainty. */
  estimate(nowLocal: number): OffsetEstimate | undefined;
}

export type OffsetEstimatorOptions = {
  /** How far back the shortest ways are looked for. */
  readonly windowMs?: number;
  /** How far back drift is fitted. */
  readonly driftHistoryMs?: number;
};

const STRETCH_MS = 10_000;
/** Doubt about the fitted drift, in ms per ms of age. */
const DRIFT_DOUBT = 20e-6;
/** What a way older than the window is lengthened by, in ms per ms beyond it: with 8 probes in two idle minutes an old free moment is still better than none. */
const OLD_WAY_DOUBT = 10e-6;
/** Two probes may contradict each other by this much before the remote clock is taken to have jumped. */
const JUMP_MS = 5;

/**
 * Estimates a remote clock from time probes: per direction the shortest way of the last 120 s after drift is taken out,
 * offset = half their difference; older ways count with a handicap. Queues only ever lengthen a way, and each direction finds its own free moment, so a
 * congested uplink does not move the estimate as it moves a median of round trips. What stays is half of the asymmetry
 * of the empty path, which no exchange of times can see. A jump of the remote clock starts the estimate anew.
 */
export function createOffsetEstimator({ windowMs = 120_000, driftHistoryMs = 600_000 }: OffsetEstimatorOptions = {}): OffsetEstimator {
  let recent: ShortestWays[] = [];
  let stretches: ShortestWays[] = [];
  let stretchStart = -Infinity;
  let drift = 0;

  const bounds = (at: number): { readonly up: number; readonly down: number } => {
    let up = Infinity;
    let down = Infinity;
    const consider = (way: ShortestWays, handicap: number): void => {
      const grown = drift * (at - way.at);
      if (way.up + grown + handicap < up) up = way.up + grown + handicap;
      if (way.down - grown + handicap < down) down = way.down - grown + handicap;
    };
    for (const way of recent) consider(way, 0);
    for (const way of stretches) consider(way, OLD_WAY_DOUBT * Math.max(0, at - way.at - windowMs));
    return { up, down };
  };

  /** True when the new way and the kept ones cannot both have non-negative delays. */
  const contradicts = (way: ShortestWays): boolean => {
    const newest = recent[recent.length - 1];
    if (newest === undefined) return false;
    const { up, down } = bounds(way.at);
    const allowed = JUMP_MS + 2 * DRIFT_DOUBT * (way.at - newest.at);
    return way.up + down < -allowed || way.down + up < -allowed;
  };

  const remember = (way: ShortestWays): void => {
    recent = [...recent.filter((kept) => kept.at > way.at - windowMs), way];
    const open = stretches[stretches.length - 1];
    if (open === undefined || way.at >= stretchStart + STRETCH_MS) {
      stretchStart = way.at;
      stretches = [...stretches.filter((kept) => kept.at > way.at - driftHistoryMs), way];
      drift = fitDrift(stretches, drift);
      return;
    }
    stretches[stretches.length - 1] = { at: open.at, up: Math.min(open.up, way.up), down: Math.min(open.down, way.down) };
  };

  return {
    add: (probe) => {
      if (!isPlausibleProbe(probe)) return false;
      const at = (probe.sentAt + probe.answerReceivedAt) / 2;
      const way: ShortestWays = { at, up: probe.receivedAt - probe.sentAt, down: probe.answerReceivedAt - probe.answeredAt };
      if (contradicts(way)) {
        recent = [];
        stretches = [];
        drift = 0;
      }
      remember(way);
      return true;
    },
    estimate: (nowLocal) => {
      const newest = recent[recent.length - 1];
      if (newest === undefined) return undefined;
      const { up, down } = bounds(nowLocal);
      const age = Math.max(0, nowLocal - newest.at);
      return { offsetMs: (up - down) / 2, uncertaintyMs: Math.max(0, (up + down) / 2) + DRIFT_DOUBT * age, driftPpm: drift * 1e6 };
    },
  };
}
