import { createHash, type Hash } from 'node:crypto';
import { FRAMES_PER_MS, type Sound } from '../hardware/sound-card';
import type { CardRecord } from './virtual-card';
import { VoiceLog } from './voice-log';

/** One line of `/cards`: what one card did with one repetition. Times are true Unix ms. */
export interface CardStart {
  readonly terminal: string;
  readonly dispatchId: string;
  readonly messageDigest: string;
  readonly repetition: number;
  /** Where in the repetition it begins, ms; not 0 when it goes on after an interruption. */
  readonly fromMs: number;
  readonly startAt: number;
  readonly startedAt: number;
  readonly readyAt: number;
  readonly endedAt: number | null;
  /** Of a living voice at its end, over the SHA-256 of every packet that sounded, also where it was cut off. */
  readonly digest: string | null;
  /** So many packets of a living voice sounded; null for what was recorded. */
  readonly packets: number | null;
  readonly levelCentiDbfs: number | null;
  readonly gainDb: number;
}

/** What a card sounded lately, with the sounds themselves, for listening. */
export interface Played {
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly gainDb: number;
  readonly fromFrame: number;
  readonly sounds: readonly Sound[];
}

const MAX_STARTS = 100_000;
/** How far back `/listen` can hear. */
const LISTEN_MS = 60_000;

/** Every start of every card, in order. */
export class CardLog {
  readonly voices = new VoiceLog();
  private readonly chains = new WeakMap<CardRecord['job'], { readonly hash: Hash; count: number }>();
  private starts: CardStart[] = [];
  private readonly places = new WeakMap<CardRecord, number>();
  private readonly played = new Map<string, Played[]>();
  private dropped = 0;

  write(terminal: string, record: CardRecord, before: CardRecord | undefined): void {
    const { sounds, fromFrame, ...job } = record.job;
    const chain = record.live ? this.chainOf(record) : undefined;
    const digest = chain === undefined ? record.digest : record.endedAt === null ? null : chain.hash.copy().digest('hex');
    const start: CardStart = {
      terminal, ...job, fromMs: fromFrame / FRAMES_PER_MS, startedAt: record.startedAt, readyAt: record.readyAt, endedAt: record.endedAt, digest, packets: chain?.count ?? null, levelCentiDbfs: record.levelCentiDbfs,
    };
    const place = (before === undefined ? undefined : this.places.get(before)) ?? this.dropped + this.starts.length;
    this.places.set(record, place);
    if (place >= this.dropped) this.starts[place - this.dropped] = start;
    this.shorten();
    this.listenTo(terminal, { startedAt: record.startedAt, endedAt: record.endedAt, gainDb: job.gainDb, fromFrame, sounds });
  }

  /** A packet of a living voice has left a card. */
  packet(terminal: string, record: CardRecord, opus: Uint8Array, at: number): void {
    const chain = this.chainOf(record);
    chain.hash.update(this.voices.write(terminal, opus, at), 'hex');
    chain.count += 1;
  }

  since(at: number): readonly CardStart[] {
    return this.starts.filter((start) => start.startedAt >= at);
  }

  /** What this card sounded at or after `from`. */
  lately(terminal: string, from: number): readonly Played[] {
    return (this.played.get(terminal) ?? []).filter(({ endedAt }) => endedAt === null || endedAt >= from);
  }

  private chainOf({ job }: CardRecord): { readonly hash: Hash; count: number } {
    const chain = this.chains.get(job) ?? { hash: createHash('sha256'), count: 0 };
    this.chains.set(job, chain);
    return chain;
  }

  private listenTo(terminal: string, played: Played): void {
    const recent = this.lately(terminal, played.startedAt - LISTEN_MS).filter((other) => other.startedAt !== played.startedAt);
    this.played.set(terminal, [...recent, played]);
  }

  private shorten(): void {
    if (this.starts.length <= MAX_STARTS) return;
    const half = this.starts.length >> 1;
    this.starts = this.starts.slice(half);
    this.dropped += half;
  }
}
