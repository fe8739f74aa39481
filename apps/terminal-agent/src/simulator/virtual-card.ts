import type { Digest } from '#libs/contracts';
import type { Timer } from '../clock';
import type { CardVoice, LivePacket, Slot } from '../hardware/card-voice';
import { CARD_RATE, FADE_FRAMES, type CardJob, type CardTicket, type Sound, type SoundCard } from '../hardware/sound-card';
import type { Decoded } from '../playout/decode-sound';
import type { TrueTime } from './true-time';
import { VirtualVoice } from './virtual-voice';

/** What the card did with one job. Times are true Unix ms with fractions. */
export interface CardRecord {
  readonly job: Pick<CardJob, 'dispatchId' | 'messageDigest' | 'repetition' | 'fromFrame' | 'startAt' | 'gainDb' | 'sounds'>;
  /** It has a voice; `sounds` are then what opens it. */
  readonly live: boolean;
  /** When the samples lay ready in the card. */
  readonly readyAt: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly digest: Digest | null;
  readonly levelCentiDbfs: number | null;
}

/** What a decoder makes of the sounds from sample `fromFrame` on. */
export type Decode = (sounds: readonly Sound[], fromFrame: number) => Promise<Decoded | null>;

export interface VirtualCardSettings {
  readonly truth: TrueTime;
  readonly ppm: number;
  /** Shared in a simulator, real for each play on a named unit. */
  readonly decode: Decode;
  /** Called at every start and again with the same `readyAt` at the end. */
  readonly onRecord: (record: CardRecord, before: CardRecord | undefined) => void;
  /** Of a voice: each slot as it is asked for, and when it begins if nothing cuts it off before; true Unix ms. */
  readonly onSlot?: (record: CardRecord, slot: Slot, startsAt: number) => void;
  /** Of a voice: what measures its level, on a unit that decodes; made for each job. */
  readonly meter?: () => { hear(slot: Slot): void; levelDbfs(): number | null };
  /** Of a voice: each packet whose samples have all left the card, and when its first one did. */
  readonly onPacket?: (record: CardRecord, packet: LivePacket, startedAt: number) => void;
}

interface Job {
  readonly card: CardJob;
  readonly readyAt: number;
  /** Frames of the card's clock, whole; later than asked for when it had to wait for another one's end. */
  startFrame: number;
  /** Of its recordings. */
  readonly length: number;
  /** Once it sounds, where it has one. */
  voice: VirtualVoice | undefined;
  meter: ReturnType<NonNullable<VirtualCardSettings['meter']>> | undefined;
  decoded: Promise<Decoded | null>;
  record: CardRecord | undefined;
}

/** Quietest level that is written down, dBFS. */
const FLOOR_DBFS = -120;
const HAIR_MS = 0.05;
const DECODE_AFTER_MS = 500;

/**
 * A sound card without a loudspeaker. Its sample clock is its own: position = true time x 48 kHz x (1 + ppm). What is
 * fed ahead starts at exactly its frame, whatever the process is doing then; what is fed late starts when it is fed.
 * It records start, end, digest, level and gain of everything that it sounds.
 */
export class VirtualCard implements SoundCard {
  private readonly began: number;
  private readonly framesPerMs: number;
  private queue: readonly Job[] = [];
  private sounding: Job | undefined;
  /** Until then what was cut off fades. */
  private fadedAt = 0;
  private timer: Timer | undefined;

  constructor(private readonly settings: VirtualCardSettings) {
    this.began = settings.truth.now();
    this.framesPerMs = (CARD_RATE / 1000) * (1 + settings.ppm / 1_000_000);
  }

  frameNow(): number {
    return (this.settings.truth.now() - this.began) * this.framesPerMs;
  }

  schedule(card: CardJob): CardTicket {
    this.catchUp();
    // What it cuts off fades first, as on a card that sounds.
    const soonest = Math.ceil(this.frameNow()) + (card.mayCut && this.sounding !== undefined ? FADE_FRAMES : 0);
    const startFrame = Math.max(soonest, Math.round(card.startFrame));
    const length = Math.max(0, card.sounds.reduce((sum, sound) => sum + sound.samples, 0) - card.fromFrame);
    const job: Job = { card, readyAt: this.settings.truth.now(), startFrame, length, voice: undefined, meter: undefined, decoded: Promise.resolve(null), record: undefined };
    this.queue = [...this.queue, job].sort((a, b) => a.startFrame - b.startFrame);
    this.catchUp();
    return { cancel: (fadeMs) => this.cancel(job, fadeMs) };
  }

  silence(fadeMs: number): void {
    this.catchUp();
    this.queue = [];
    this.cutAt(this.frameNow() + fadeMs * this.framesPerMs);
    this.wakeAtNext();
  }

  private cancel(job: Job, fadeMs: number): void {
    this.catchUp();
    this.queue = this.queue.filter((waiting) => waiting !== job);
    if (this.sounding === job) this.cutAt(Math.min(endOf(job), this.frameNow() + fadeMs * this.framesPerMs));
    this.wakeAtNext();
  }

  /** Does everything that was due by now, each at its own frame: the process may be late, the card is not. */
  private catchUp(): void {
    const now = this.frameNow();
    for (;;) {
      this.sounding?.voice?.goTo(now);
      const next = this.queue[0];
      const endsFirst = this.sounding !== undefined && (next === undefined || !next.card.mayCut || endOf(this.sounding) <= next.startFrame);
      if (this.sounding !== undefined && endsFirst) {
        if (endOf(this.sounding) > now) break;
        // What may not cut begins when this one is through.
        if (next !== undefined) next.startFrame = Math.max(next.startFrame, endOf(this.sounding));
        this.finish(this.sounding);
      } else {
        if (next !== undefined) next.startFrame = Math.max(next.startFrame, Math.ceil(this.fadedAt));
        if (next === undefined || next.startFrame > now) break;
        this.queue = this.queue.slice(1);
        this.cutAt(next.startFrame);
        this.begin(next);
      }
    }
    this.wakeAtNext();
  }

  private wakeAtNext(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const [sounding, next] = [this.sounding, this.queue[0]];
    const waits = sounding !== undefined && next?.card.mayCut === false;
    const due = Math.min(sounding === undefined ? Infinity : Math.min(endOf(sounding), sounding.voice?.dueFrame ?? Infinity), next === undefined || waits ? Infinity : next.startFrame);
    if (due === Infinity) return;
    // A hair later than due: Unix time in ms does not resolve a frame, and waking early would only mean waking again.
    this.timer = this.settings.truth.setTimer((due - this.frameNow()) / this.framesPerMs + HAIR_MS, () => this.catchUp());
  }

  private begin(job: Job): void {
    const { dispatchId, messageDigest, repetition, fromFrame, startAt, gainDb, sounds, voice } = job.card;
    this.sounding = job;
    this.write(job, {
      job: { dispatchId, messageDigest, repetition, fromFrame, startAt, gainDb, sounds }, live: voice !== undefined,
      readyAt: job.readyAt, startedAt: this.trueAt(job.startFrame), endedAt: null, digest: null, levelCentiDbfs: null,
    });
    if (voice !== undefined) job.voice = this.speak(job, voice);
    // Decoded only for the record, so after the rush in which every unit starts.
    else job.decoded = new Promise((resolve, reject) => {
      this.settings.truth.setTimer(DECODE_AFTER_MS, () => { this.settings.decode(sounds, fromFrame).then(resolve, reject); });
    });
    job.card.onFirstSample(job.startFrame);
  }

  private speak(job: Job, voice: CardVoice): VirtualVoice {
    const { onSlot, onPacket, meter: made } = this.settings;
    const meter = made?.();
    job.meter = meter;
    return new VirtualVoice(voice, job.startFrame + job.length, {
      onSlot: (slot, frame) => {
        meter?.hear(slot);
        if (job.record !== undefined) onSlot?.(job.record, slot, this.trueAt(frame));
      },
      onSounded: (packet, frame) => { if (job.record !== undefined) onPacket?.(job.record, packet, this.trueAt(frame)); },
    });
  }

  private finish(job: Job): void {
    this.sounding = undefined;
    job.voice?.tell(endOf(job));
    if (job.record !== undefined) this.write(job, { ...job.record, endedAt: this.trueAt(endOf(job)) });
    void job.decoded.catch(() => null).then((decoded) => {
      const digest = decoded?.digest ?? null;
      const levelDbfs = decoded?.levelDbfs ?? job.meter?.levelDbfs() ?? null;
      const levelCentiDbfs = levelDbfs === null ? null : levelOf(levelDbfs + job.card.gainDb);
      if (job.record !== undefined) this.write(job, { ...job.record, digest, levelCentiDbfs });
      job.card.onEnd({ frame: endOf(job), how: 'played', digest, levelCentiDbfs });
    });
  }

  private cutAt(frame: number): void {
    const job = this.sounding;
    if (job === undefined) return;
    this.sounding = undefined;
    job.voice?.tell(frame);
    this.fadedAt = frame;
    if (job.record !== undefined) this.write(job, { ...job.record, endedAt: this.trueAt(frame) });
    job.card.onEnd({ frame, how: 'cut', digest: null, levelCentiDbfs: null });
  }

  private write(job: Job, record: CardRecord): void {
    const before = job.record;
    job.record = record;
    this.settings.onRecord(record, before);
  }

  private trueAt(frame: number): number {
    return this.began + frame / this.framesPerMs;
  }
}

/** Infinity while its voice goes on. */
function endOf({ card, startFrame, length, voice }: Job): number {
  if (card.voice === undefined) return startFrame + length;
  return voice?.endFrame ?? Infinity;
}

function levelOf(dbfs: number): number {
  return Math.min(0, Math.round(Math.max(FLOOR_DBFS, dbfs) * 100));
}
