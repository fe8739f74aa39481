import { z } from 'zod';
import { digestSchema, LIMITS, type Digest } from '#libs/contracts';
import type { Chance, Clock, Timer } from '../clock';
import type { Disk, Shelf } from '../hardware/disk';
import type { Sound } from '../hardware/sound-card';
import { stateFile, type StateFile } from '../hardware/state-file';
import type { MediaOutcome, MediaSource } from './media-source';
import type { RecentSounds } from './recent-sounds';
import type { CertificateChain } from '../uplink/link';
import { soundOf } from './sound-of';

/** File `media`: what lies on the shelf and until when; times are district Unix ms. What was named last stands last. */
const indexSchema = z.array(z.strictObject({
  sha256: digestSchema, bytes: z.int(), keepUntil: z.int(),
  /** Whether an order needs it. Absent in files of before budgets: such a one stays until its time. */
  approved: z.boolean().default(true),
}));
type MediaIndex = z.infer<typeof indexSchema>;

/** What may lie here, or be waited for, that no order needs: whoever names it to us may be anybody, and a full disk is silence. */
export interface PrefetchBudget {
  readonly bytes: number;
  readonly files: number;
}
/** Stock sounds and an hour of speech take less than a tenth. */
const PREFETCH: PrefetchBudget = { bytes: 67_108_864, files: 512 };

/** Prefetched media that no accepted dispatch has named is kept this long: the longest emergency window. */
const UNAPPROVED_KEEP_MS = 24 * 3_600_000;
/** A longer keeping is written down only when it is longer by this: the index is not worth a write for each order. */
const KEEP_STEP_MS = 3_600_000;
/** What is only prefetched is fetched at some moment within this, because hundreds are told of it at the same time; not later, because approval may follow in a second. */
const PREFETCH_SPREAD_MS = 400;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 8_000;
/** Tries in a row without a single new byte. */
const TRIES = 8;
const AT_ONCE = 2;

export interface MediaPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly disk: Disk;
  readonly shelf: Shelf;
  readonly source: MediaSource;
  readonly sounds: RecentSounds;
  /** Whether a server with this chain is one that nothing is asked of. */
  readonly isRevoked: (chain: CertificateChain) => boolean;
  /** District Unix ms, whole; null while unknown. */
  readonly now: () => number | null;
}

export interface MediaEvents {
  onArrived(sha256: Digest): void;
  /** Given up, until somebody wants it again. */
  onFailed(sha256: Digest): void;
  /** The bytes are not those of the digest; they were thrown away. */
  onWrong(sha256: Digest): void;
}

interface Download {
  readonly sha256: Digest;
  /** Announced length; anything longer is broken off. */
  readonly most: number;
  /** Until when an order needs it; null while nobody approved it. */
  neededUntil: number | null;
  chunks: Uint8Array[];
  received: number;
  fruitless: number;
  running: boolean;
  retry: Timer | undefined;
}

/**
 * Audio by its digest: fetched ahead, resumed when cut, verified before it is kept and again before it is played, and
 * thrown away when its time is over, or, of what no order needs, when there is too much of it: the oldest first. Bytes
 * are not authority: keeping them lets nothing sound.
 */
export class MediaStore {
  private index: MediaIndex = [];
  private readonly file: StateFile<MediaIndex>;
  private readonly downloads = new Map<Digest, Download>();
  private token: string | null = null;

  constructor(private readonly ports: MediaPorts, private readonly events: MediaEvents, private readonly budget: PrefetchBudget = PREFETCH) {
    this.file = stateFile(ports.disk, 'media', indexSchema, () => this.index);
  }

  async load(): Promise<void> {
    const read = await this.file.load();
    // Lost notes about files that can be fetched again are no loss.
    if (read.kind === 'whole') this.index = read.value;
  }

  /** The bearer token of this connection, or null when the link is down. */
  useToken(token: string | null): void {
    this.token = token;
    this.startWaiting();
  }

  has(sha256: Digest): boolean {
    return this.index.some((entry) => entry.sha256 === sha256);
  }

  /** Fetches it unless it is here; `keepUntil` (district Unix ms) null for what nobody approved yet. */
  want(sha256: Digest, bytes: number, keepUntil: number | null): void {
    const now = this.ports.now();
    const until = keepUntil ?? (now === null ? 0 : now + UNAPPROVED_KEEP_MS);
    const known = this.index.find((entry) => entry.sha256 === sha256);
    if (known !== undefined) {
      this.keepLonger(known, until, keepUntil !== null);
      return;
    }
    const download = this.downloads.get(sha256);
    if (download === undefined) {
      if (bytes > LIMITS.uploadBytes) return;
      const made: Download = { sha256, most: bytes, neededUntil: keepUntil, chunks: [], received: 0, fruitless: 0, running: false, retry: undefined };
      this.downloads.set(sha256, made);
      if (keepUntil === null) {
        this.forgetWaiting();
        this.startLater(made, PREFETCH_SPREAD_MS);
      }
    } else if (keepUntil !== null) {
      // Somebody waits for it now.
      download.neededUntil = Math.max(keepUntil, download.neededUntil ?? 0);
      download.retry?.cancel();
      download.retry = undefined;
    }
    this.startWaiting();
  }

  /** The verified sound if it lies ready in memory. */
  ready(sha256: Digest): Sound | undefined {
    return this.has(sha256) ? this.ports.sounds.get(sha256) : undefined;
  }

  /** The verified sound, or null when it is not here whole; a rotten file is thrown away and reported. */
  async open(sha256: Digest): Promise<Sound | null> {
    if (!this.has(sha256)) return null;
    const sound = await this.ports.sounds.load(sha256, () => this.read(sha256));
    if (sound === null) await this.drop(sha256);
    return sound;
  }

  /** Reads what lies here into memory, so that an alarm does not wait for the disk. */
  async warm(): Promise<void> {
    for (const { sha256 } of this.index) await this.open(sha256);
  }

  /** Throws away what nobody may need any more. */
  async evict(): Promise<void> {
    const now = this.ports.now();
    if (now === null) return;
    for (const entry of this.index.filter(({ keepUntil }) => keepUntil < now)) await this.drop(entry.sha256);
  }

  private async read(sha256: Digest): Promise<Sound | null> {
    const bytes = await this.ports.shelf.get(sha256).catch(() => null);
    if (bytes === null) return null;
    const sound = soundOf(sha256, bytes);
    if (typeof sound === 'object') return sound;
    this.events.onWrong(sha256);
    return null;
  }

  private keepLonger(known: MediaIndex[number], until: number, isApproved: boolean): void {
    const others = this.index.filter((entry) => entry !== known);
    const isWorthAWrite = known.keepUntil < until - KEEP_STEP_MS || (isApproved && !known.approved);
    const next = isWorthAWrite ? { ...known, keepUntil: Math.max(known.keepUntil, until), approved: known.approved || isApproved } : known;
    if (isWorthAWrite) this.replaceIndex([...others, next]);
    else this.index = [...others, next];
  }

  /** Of the downloads that no order needs, those that were named first and have not begun make room. */
  private forgetWaiting(): void {
    const idle = [...this.downloads.values()].filter(({ neededUntil }) => neededUntil === null);
    for (const download of idle.slice(0, Math.max(0, idle.length - this.budget.files)).filter(({ running }) => !running)) {
      download.retry?.cancel();
      this.downloads.delete(download.sha256);
    }
  }

  /** Throws out what no order needs, the oldest first, until it and this much more keep to the budget. */
  private async makeRoom(bytes: number, { bytes: mostBytes, files: mostFiles }: PrefetchBudget): Promise<void> {
    const unneeded = this.index.filter(({ approved }) => !approved);
    let total = unneeded.reduce((sum, entry) => sum + entry.bytes, bytes);
    let files = unneeded.length + 1;
    for (const entry of unneeded) {
      if (total <= mostBytes && files <= mostFiles) return;
      total -= entry.bytes;
      files -= 1;
      await this.drop(entry.sha256);
    }
  }

  private async drop(sha256: Digest): Promise<void> {
    this.replaceIndex(this.index.filter((entry) => entry.sha256 !== sha256));
    await this.ports.shelf.remove(sha256).catch(() => undefined);
  }

  private replaceIndex(index: MediaIndex): void {
    this.index = index;
    this.file.save().catch(() => undefined);
  }

  private startWaiting(): void {
    const { token } = this;
    if (token === null) return;
    const running = [...this.downloads.values()].filter((download) => download.running).length;
    const waiting = [...this.downloads.values()].filter((download) => !download.running && download.retry === undefined);
    for (const download of waiting.slice(0, Math.max(0, AT_ONCE - running))) void this.run(download, token);
  }

  private async run(download: Download, token: string): Promise<void> {
    download.running = true;
    const before = download.received;
    // A source that fails in a way of its own must end neither the agent nor the other downloads.
    const outcome = await this.fetch(download, token).catch((): MediaOutcome => ({ kind: 'cut' }));
    try {
      if (outcome.kind === 'complete' || download.received >= download.most) await this.finish(download);
      else this.tryAgain(download, outcome.kind === 'cut' && download.received > before);
    } finally {
      this.startWaiting();
    }
  }

  private async fetch(download: Download, token: string): Promise<MediaOutcome> {
    return this.ports.source.fetch({
      sha256: download.sha256,
      from: download.received,
      token,
      isRevoked: this.ports.isRevoked,
      onStart: (from) => {
        if (from === 0) Object.assign(download, { chunks: [], received: 0 });
      },
      onChunk: (bytes) => {
        download.chunks.push(bytes);
        download.received += bytes.length;
        return download.received <= download.most;
      },
    });
  }

  /** It counts as running until it is put away: nobody may ask for it twice, and somebody may come to need it. */
  private async finish(download: Download): Promise<void> {
    const { sha256 } = download;
    const bytes = joined(download.chunks, download.received);
    const sound = download.received > download.most ? 'wrong-digest' : soundOf(sha256, bytes);
    const isKept = typeof sound !== 'string' && await this.put(download, bytes);
    this.downloads.delete(sha256);
    if (typeof sound === 'string') this.events.onWrong(sha256);
    if (typeof sound === 'string' || !isKept) {
      this.events.onFailed(sha256);
      return;
    }
    this.ports.sounds.set(sound);
    const now = this.ports.now() ?? 0;
    const { neededUntil } = download;
    this.replaceIndex([...this.index, { sha256, bytes: bytes.length, keepUntil: Math.max(now + UNAPPROVED_KEEP_MS, neededUntil ?? 0), approved: neededUntil !== null }]);
    this.events.onArrived(sha256);
  }

  /** On the shelf, within the budget; for what an order needs everything else makes room. False when there is none. */
  private async put({ sha256, neededUntil }: Download, bytes: Uint8Array): Promise<boolean> {
    const put = () => this.ports.shelf.put(sha256, bytes).then(() => true, () => false);
    if (neededUntil === null) await this.makeRoom(bytes.length, this.budget);
    if (await put()) return true;
    if (neededUntil === null) return false;
    await this.makeRoom(0, { bytes: 0, files: 0 });
    return put();
  }

  private tryAgain(download: Download, progressed: boolean): void {
    download.running = false;
    download.fruitless = progressed ? 0 : download.fruitless + 1;
    if (download.fruitless >= TRIES) {
      this.downloads.delete(download.sha256);
      this.events.onFailed(download.sha256);
      return;
    }
    const longest = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** download.fruitless);
    this.startLater(download, longest);
  }

  private startLater(download: Download, longestMs: number): void {
    download.retry = this.ports.clock.setTimer(longestMs * this.ports.chance.fraction(), () => {
      download.retry = undefined;
      this.startWaiting();
    });
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
