import { PACKET_MS } from '#libs/envelope';
import { createCaptureTimes } from './capture-times';
import type { SpeakingTimes } from './speaking-times';

/** Nobody sleeps longer without looking whether it is still wanted. */
const NAP_MS = 100;

/** When a frame was said, district Unix ms; `skip`: it is not said; `over`: nothing after it can be heard any more. */
export type Place = { readonly capturedAt: number } | 'skip' | 'over';

export interface Pace {
  /** Of the next frame, when it is its time. */
  place(): Promise<Place>;
  /** What comes next does not follow what came before. */
  restart(): void;
}

/**
 * `live`: a frame is handed over when it has been heard, and what it says was said then. `paced`: frames lie ready sooner, and
 * are said at the pace of the clock on the wall; while the platform is not reached they wait.
 */
export type PaceKind = 'live' | 'paced';

export interface PaceFacts {
  readonly times: SpeakingTimes;
  readonly clock: { sleep(ms: number): Promise<void> };
  /** The district's time; it is known. */
  now(): number;
  /** Whether the platform is reached. */
  isReady(): boolean;
  isWanted(): boolean;
  /** Between sound and packet: the encoder's lookahead. */
  readonly lagMs: number;
  /** A paced source that is later than this has a gap and goes on from now; what is less late is still heard at its time. */
  readonly lateMs: number;
}

export function paceOf(kind: PaceKind, facts: PaceFacts): Pace {
  return kind === 'live' ? livePace(facts) : wallPace(facts);
}

/** As it was captured; what falls under the opening is not said. */
function livePace({ times, now, lagMs }: PaceFacts): Pace {
  const captured = createCaptureTimes({ lagMs });
  return {
    place: async () => {
      const capturedAt = captured.next(now());
      if (capturedAt === undefined || capturedAt < times.from) return 'skip';
      return capturedAt + PACKET_MS > times.until ? 'over' : { capturedAt };
    },
    restart: () => { captured.restart(); },
  };
}

/** One frame after the other by the district's time, each when it is over as if it were spoken; waits where the platform is not reached, so that nothing is said to nobody. */
function wallPace({ times, clock, now, isReady, isWanted, lateMs }: PaceFacts): Pace {
  let due: number | undefined;
  return {
    place: async () => {
      while (!isReady() && isWanted()) await clock.sleep(NAP_MS);
      const at = now();
      const capturedAt = due === undefined || at - due > lateMs ? Math.max(at, times.from) : due;
      if (capturedAt + PACKET_MS > times.until) return 'over';
      due = capturedAt + PACKET_MS;
      for (let wait = due - now(); wait > 0 && isWanted(); wait = capturedAt + PACKET_MS - now()) await clock.sleep(Math.min(NAP_MS, Math.ceil(wait)));
      return { capturedAt };
    },
    restart: () => {
      due = undefined;
    },
  };
}
