import type { Digest, FailureReason } from '#libs/contracts';
import type { PlaybackGain, Position } from '#libs/domain';
import type { Clock } from '../clock';
import type { CardVoice } from '../hardware/card-voice';
import type { SoundCard } from '../hardware/sound-card';
import type { BlocksTaken } from '../live/live-evidence';
import type { DistrictTime } from '../time/district-time';
import type { PlacedOrder } from './placed-order';

export interface PlayerPorts {
  readonly clock: Clock;
  readonly time: DistrictTime;
  readonly card: SoundCard;
  readonly live: LiveVoices;
  /** Switches the amplifier. */
  readonly amplifier: (on: boolean) => void;
  /** How loud a repetition is that begins at `at`; one that goes on after an interruption keeps what it had. */
  readonly gain: (order: PlacedOrder, at: number) => PlaybackGain;
  /** Whether `at` lies in quiet hours for this order: then nothing of it begins. */
  readonly quiet: (order: PlacedOrder, at: number) => boolean;
  /** Whether at `at` the newest beacon is too old for its class: a stop could have been missed, then nothing of it begins. */
  readonly stale: (order: PlacedOrder, at: number) => boolean;
  /** Whether a restriction keeps silent what begins at `at`, later repetitions and rests included. */
  readonly restricted: (order: PlacedOrder, at: number) => boolean;
}

/** Of a living voice, so far. */
export interface Spoken {
  /** Over the packets that sounded. */
  readonly digest: Digest;
  readonly live: BlocksTaken;
  /** So many of its packets sounded. */
  readonly packets: number;
}

/** The living voices behind the orders that have one; of any other order nothing is done or known. */
export interface LiveVoices {
  /** It was placed: its blocks are wanted from now on. */
  open(order: PlacedOrder): void;
  /** What the card sounds of it behind what opens it; `opensAt`: nothing that would have been heard before. */
  voiceOf(order: PlacedOrder, opensAt: number): CardVoice | undefined;
  spokenOf(order: PlacedOrder): Spoken | undefined;
  /** Nothing of it sounds any more. */
  close(order: PlacedOrder): void;
}

/** One repetition, or the rest of one, as it was heard here; times are district Unix ms. */
export interface Heard {
  readonly repetition: number;
  /** Where in the repetition the sound began, ms. */
  readonly fromMs: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly digest: Digest | null;
  readonly levelCentiDbfs: number | null;
  /** At the end of a living voice. */
  readonly live?: BlocksTaken;
}

export const NOTHING_HEARD: Heard = { repetition: 0, fromMs: 0, startedAt: null, endedAt: null, digest: null, levelCentiDbfs: null };

export interface PlayerEvents {
  /** Must be on the disk before anything of this repetition sounds; rejecting keeps it silent. */
  begin(order: PlacedOrder, repetition: number): Promise<void>;
  audible(order: PlacedOrder, heard: Pick<Heard, 'repetition' | 'fromMs'> & { readonly startedAt: number }): void;
  ended(order: PlacedOrder, heard: Heard): void;
  /** One repetition failed; others may follow, or its rest. */
  repetitionFailed(order: PlacedOrder, heard: Heard, reason: FailureReason): void;
  /** It waits for the loudspeaker and goes on there, also after a power cut. */
  waits(order: PlacedOrder, position: Position): void;
  /** It was stopped; its timetable as it really was: when the first repetition would have begun. */
  stoppedOn(order: PlacedOrder, timetableStartAt: number): void;
  /** Nothing of it follows: `done`, or failed with a reason. `heard` is what was sounding when it was ended. */
  closed(order: PlacedOrder, end: { readonly reason: FailureReason | null; readonly heard: Heard | null; readonly whole: boolean }): void;
}
