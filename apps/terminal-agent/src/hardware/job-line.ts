import { createHash, type Hash } from 'node:crypto';
import { digestSchema } from '#libs/contracts';
import { pcm16 } from '../playout/decode-sound';
import { FADE_FRAMES, type CardEnd, type CardJob } from './sound-card';
import { riseAt } from './soft-edges';
import { SoundReader } from './sound-reader';
import { VoiceReader } from './voice-reader';

/** One job on its way through the card. Frames are the card's. */
export interface LinedJob {
  readonly card: CardJob;
  readonly startFrame: number;
  /** Frames from its first to its end, if nothing cuts it off; of a voice nobody knows. */
  readonly length: number;
  readonly reader: SoundReader;
  readonly voice: VoiceReader | undefined;
  readonly hash: Hash;
  /** Of the samples before gain. */
  squares: number;
  samples: number;
  /** Where its first sample lies, once it was rendered. */
  first: number | null;
  toldFirst: boolean;
  /** Frames of a fade still to come. */
  fade: { readonly frames: number; left: number } | null;
  /** Rendered to its end: told when that frame has sounded. */
  end: CardEnd | null;
}

/** Quietest level that is written down, dBFS. */
const FLOOR_DBFS = -120;

/**
 * What is to sound, as one line of frames: rendered a little ahead, told of when it has really sounded. A job begins at
 * its frame, or at the first frame not yet rendered; one that may not cut waits for what sounds. What it cuts off has faded
 * out by then, and what begins in its middle fades in.
 */
export class JobLine {
  private waiting: readonly LinedJob[] = [];
  private sounding: LinedJob | undefined;
  /** Rendered, not yet told to the end. */
  private heard: readonly LinedJob[] = [];

  constructor(private next = 0) {}

  /** The first frame that was not rendered yet. */
  get nextFrame(): number {
    return this.next;
  }

  get empty(): boolean {
    return this.waiting.length === 0 && this.heard.length === 0;
  }

  /** Nothing sounds, and nothing that was rendered is still to sound. */
  get silent(): boolean {
    return this.heard.length === 0;
  }

  /** What sounds has a voice, whose slots are asked for as they are rendered. */
  get live(): boolean {
    return this.sounding?.voice !== undefined;
  }

  /** The card stands elsewhere: a player was started, or the samples rendered last never sounded. */
  moveTo(frame: number): void {
    this.next = frame;
  }

  add(card: CardJob): LinedJob {
    const job: LinedJob = {
      card, startFrame: Math.round(card.startFrame), length: card.voice === undefined ? card.sounds.reduce((sum, { samples }) => sum + samples, -card.fromFrame) : Infinity,
      reader: new SoundReader(card.sounds, card.fromFrame), voice: card.voice === undefined ? undefined : new VoiceReader(card.voice), hash: createHash('sha256'),
      squares: 0, samples: 0, first: null, toldFirst: false, fade: null, end: null,
    };
    this.waiting = [...this.waiting, job].sort((a, b) => a.startFrame - b.startFrame);
    return job;
  }

  /** Ends a job with a fade, as soon as what was rendered already allows. */
  cancel(job: LinedJob, fadeFrames: number): void {
    this.waiting = this.waiting.filter((one) => one !== job);
    if (this.sounding !== job) return;
    if (fadeFrames < 1) this.cut(job, this.next);
    else job.fade ??= { frames: fadeFrames, left: fadeFrames };
  }

  silence(fadeFrames: number): void {
    this.waiting = [];
    if (this.sounding !== undefined) this.cancel(this.sounding, fadeFrames);
  }

  /** The next `count` frames, 16-bit little-endian, silence where nothing is due. */
  render(count: number): Uint8Array {
    const mix = new Float32Array(count);
    for (let at = 0; at < count; ) {
      this.beginAt(this.next + at);
      const until = Math.min(count, this.nextStart() - this.next);
      at = this.sounding === undefined ? until : at + this.fill(this.sounding, mix.subarray(at, until), this.next + at);
    }
    this.next += count;
    return pcm16(mix);
  }

  /** Tells of every first and last sample that has sounded by `frame`. */
  tell(frame: number): void {
    for (const job of this.heard) {
      if (!job.toldFirst && job.first !== null && job.first <= frame) {
        job.toldFirst = true;
        job.card.onFirstSample(job.first);
      }
      job.voice?.tell(Math.min(frame, job.end?.frame ?? frame));
    }
    const over = this.heard.filter(({ end }) => end !== null && end.frame <= frame);
    this.heard = this.heard.filter((job) => !over.includes(job));
    for (const { card, end } of over) if (end !== null) card.onEnd(end);
  }

  /** The player is gone: what was rendered did not sound beyond `frame`. Ends those jobs as `failure` says. */
  lose(frame: number, failure: (frame: number) => CardEnd): void {
    this.tell(frame);
    const lost = this.heard;
    this.heard = [];
    this.sounding = undefined;
    for (const { card } of lost) card.onEnd(failure(frame));
  }

  /** Ends what should have begun before `frame` and could not. */
  loseLate(frame: number, failure: (frame: number) => CardEnd): void {
    const late = this.waiting.filter(({ startFrame }) => startFrame < frame);
    this.waiting = this.waiting.filter((job) => !late.includes(job));
    for (const { card } of late) card.onEnd(failure(frame));
  }

  private beginAt(frame: number): void {
    const job = this.waiting[0];
    if (job === undefined) return;
    if (this.sounding !== undefined) {
      if (cutsOff(job, this.sounding) && job.startFrame - FADE_FRAMES <= frame) this.sounding.fade ??= { frames: FADE_FRAMES, left: FADE_FRAMES };
      return;
    }
    if (job.startFrame > frame) return;
    this.waiting = this.waiting.slice(1);
    job.first = frame;
    this.sounding = job;
    this.heard = [...this.heard, job];
  }

  /** Where rendering has to look again. */
  private nextStart(): number {
    const job = this.waiting[0];
    if (job === undefined) return Infinity;
    if (this.sounding === undefined) return job.startFrame;
    return cutsOff(job, this.sounding) && this.sounding.fade === null ? job.startFrame - FADE_FRAMES : Infinity;
  }

  /** Fills a piece from a job; returns how far it came: less than the piece at the job's end. */
  private fill(job: LinedJob, piece: Float32Array, frame: number): number {
    const room = job.fade === null ? piece : piece.subarray(0, job.fade.left);
    let count: number;
    try {
      count = job.reader.read(room, 0);
      if (job.voice !== undefined) count += job.voice.read(room.subarray(count), frame + count);
    } catch {
      // What cannot be decoded has sounded no further than here.
      this.cut(job, frame, 'failed');
      return 0;
    }
    const samples = room.subarray(0, count);
    job.hash.update(pcm16(samples));
    for (const sample of samples) job.squares += sample * sample;
    amplify(samples, job);
    job.samples += count;
    if (job.fade !== null && job.fade.left === 0) this.cut(job, frame + count);
    else if (count < room.length) this.finish(job, frame + count);
    return count;
  }

  private finish(job: LinedJob, frame: number): void {
    this.sounding = undefined;
    const dbfs = 10 * Math.log10(job.squares / Math.max(1, job.samples)) + job.card.gainDb;
    job.end = {
      frame, how: 'played', digest: job.voice === undefined ? digestSchema.parse(job.hash.digest('hex')) : null, levelCentiDbfs: Math.min(0, Math.round(Math.max(FLOOR_DBFS, dbfs) * 100)),
    };
  }

  private cut(job: LinedJob, frame: number, how: 'cut' | 'failed' = 'cut'): void {
    if (this.sounding === job) this.sounding = undefined;
    job.end = { frame, how, digest: null, levelCentiDbfs: null };
  }
}

/** Whether it takes the loudspeaker from what sounds before that is through. */
function cutsOff(job: LinedJob, sounding: LinedJob): boolean {
  return job.card.mayCut && (sounding.first ?? 0) + sounding.length > job.startFrame;
}

function amplify(samples: Float32Array, job: LinedJob): void {
  const gain = 10 ** (job.card.gainDb / 20);
  for (const [index, sample] of samples.entries()) {
    const fading = job.fade === null ? 1 : job.fade.left / job.fade.frames;
    samples[index] = sample * gain * fading * riseAt(job.card.fromFrame, job.samples + index);
    if (job.fade !== null) job.fade.left -= 1;
  }
}
