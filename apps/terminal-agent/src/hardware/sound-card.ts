import type { Digest, DispatchId } from '#libs/contracts';
import type { CardVoice } from './card-voice';

/** Frames a second of every card: 48 kHz mono. */
export const CARD_RATE = 48_000;
/** Frames in a millisecond of the card's own clock. */
export const FRAMES_PER_MS = CARD_RATE / 1000;
/** What is cut off fades out, and what goes on in the middle fades in, over this long, ms: no click, and no time lost on a stop. */
export const FADE_MS = 5;
export const FADE_FRAMES = FADE_MS * FRAMES_PER_MS;

/** One media object, verified and taken apart: the very bytes that were hashed are those that sound. */
export interface Sound {
  readonly sha256: Digest;
  readonly packets: readonly Uint8Array[];
  /** Samples at 48 kHz to throw away at the start of the decoded stream. */
  readonly preSkip: number;
  /** Samples that are heard. */
  readonly samples: number;
}

/** One repetition of one dispatch, handed to the card. */
export interface CardJob {
  readonly dispatchId: DispatchId;
  readonly messageDigest: Digest;
  readonly repetition: number;
  /** When its first sample is due, Unix ms on the district's time scale; written down, not acted on. */
  readonly startAt: number;
  /** The frame of the card's own clock at which the first sample sounds; one in the past sounds as soon as it is fed. */
  readonly startFrame: number;
  /** Played one after the other without a gap. */
  readonly sounds: readonly Sound[];
  /** What follows them as it is spoken, from `startFrame` on where none of them is left. */
  readonly voice?: CardVoice;
  /** So many samples of them were heard before and are left out: a repetition that goes on after an interruption. More than they have: none sounds. */
  readonly fromFrame: number;
  /** Below the unit's full level, dB, 0 or negative. */
  readonly gainDb: number;
  /** Whether it ends at its start what sounds then, which fades out before it, or, where it came late, begins when that has faded; otherwise it waits for that to end. */
  readonly mayCut: boolean;
  /** The loudspeaker is its own from this frame on. Where none of its recordings is left that is a silence before the voice, whose packets are told one by one. */
  onFirstSample(frame: number): void;
  onEnd(end: CardEnd): void;
}

export interface CardEnd {
  readonly frame: number;
  /** `cut`: another job or a silence ended it; `failed`: the device did not sound it (to the end). Digest and level are null then. */
  readonly how: 'played' | 'cut' | 'failed';
  /** SHA-256 over the PCM samples that sounded, from `fromFrame` on, 16-bit little-endian, before gain; null when cut or not decodable, and of a job with a voice, whose packets are told one by one. */
  readonly digest: Digest | null;
  /** RMS level of what the card put out, hundredths of a dBFS, gain included. */
  readonly levelCentiDbfs: number | null;
}

/** A job with the card; cancelling one that has ended does nothing. */
export interface CardTicket {
  cancel(fadeMs: number): void;
}

/**
 * The card: it runs by its own sample clock, and a job fed ahead of time starts exactly at its frame.
 * A unit with ALSA drives it in a supervised child process.
 */
export interface SoundCard {
  /** The frame that sounds now, with fractions. Read it together with the monotonic clock. */
  frameNow(): number;
  schedule(job: CardJob): CardTicket;
  /** Ends what sounds and forgets what is scheduled. */
  silence(fadeMs: number): void;
}
