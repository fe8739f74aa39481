import type { PlatformId } from '#libs/contracts';
import { expiryAlarms, type ExpiryAlarm } from './expiry-alarms';
import { papersStage } from './expiry';
import type { TrustState } from './trust-state';

const DAY = 86_400_000;

/** A moment at which papers change what platforms may say, if nobody signs anything until then. */
export interface ExpiryStep {
  /** Unix ms. */
  readonly at: number;
  /** What ends at this very moment, and who must have signed by then. */
  readonly ends: readonly ExpiryAlarm[];
  /** Whose messages it concerns, and how far their papers carry them from then on. */
  readonly changes: readonly { readonly platform: PlatformId; readonly stage: ReturnType<typeof papersStage> }[];
}

/**
 * The clock moved past every end of a state's papers, from `now` (Unix ms) on, in order: by the rule that the terminals go
 * by (`judgeExpiry`), so that a rehearsal and the day itself cannot differ. Ends with what changes nothing are steps as well.
 */
export function rehearseExpiry(state: TrustState, now: number): readonly ExpiryStep[] {
  const documents = [state.root, ...state.charters.values(), ...state.rosters.values()];
  const ends = documents.map(({ value }) => value.expiresAt);
  const graceMs = state.root.value.graceDays * DAY;
  const moments = [...new Set([...ends, ...ends.map((end) => end + graceMs)])].filter((at) => at > now).sort((a, b) => a - b);
  const stages = (at: number): ReadonlyMap<PlatformId, ExpiryStep['changes'][number]['stage']> =>
    new Map([...state.charters].flatMap(([platform, { value: charter }]) => {
      const roster = state.rosters.get(platform)?.value;
      return roster === undefined ? [] : [[platform, papersStage(state, charter, roster, at)] as const];
    }));
  let before = stages(now);
  return moments.flatMap((at) => {
    const after = stages(at);
    const changes = [...after].filter(([platform, stage]) => before.get(platform) !== stage).map(([platform, stage]) => ({ platform, stage }));
    before = after;
    const ending = expiryAlarms(state, at).filter(({ expiresAt }) => expiresAt === at);
    return ending.length === 0 && changes.length === 0 ? [] : [{ at, ends: ending, changes }];
  });
}
