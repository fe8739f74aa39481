import { digestSchema, type Digest, type Segment } from '#libs/contracts';
import { encodeOggOpus, pcmOf, SAMPLE_RATE } from '#libs/audio';
import { sha256Hex } from '#libs/suites';
import type { TrueTime } from '../../../apps/terminal-agent/src/simulator/true-time';
import type { MediaOutcome, MediaRequest, MediaSource } from '../../../apps/terminal-agent/src/media/media-source';

/** A short tone as the Ogg Opus that terminals play, with the segment that names it. */
export interface TestSound {
  readonly bytes: Uint8Array;
  readonly segment: Segment;
}

export function tone(hertz: number, durationMs: number, role: Segment['role'] = 'speech'): TestSound {
  const samples = Float32Array.from({ length: (SAMPLE_RATE * durationMs) / 1000 }, (_, index) => 0.25 * Math.sin((2 * Math.PI * hertz * index) / SAMPLE_RATE));
  const { bytes } = encodeOggOpus(pcmOf(samples), { bitrate: 24000 });
  return { bytes, segment: { sha256: digestSchema.parse(sha256Hex(bytes)), bytes: bytes.length, role, durationMs } };
}

/** A media server in memory that remembers what it was asked, and can be made to break. */
export class FakeMedia implements MediaSource {
  private readonly files = new Map<Digest, Uint8Array>();
  readonly asked: { readonly sha256: Digest; readonly from: number }[] = [];
  /** The connection breaks after this many bytes of each answer. */
  cutAfter = Infinity;
  /** Nothing answers while false. */
  up = true;

  put(sound: TestSound, bytes = sound.bytes): void {
    this.files.set(sound.segment.sha256, bytes);
  }

  fetch(wanted: MediaRequest): Promise<MediaOutcome> {
    this.asked.push({ sha256: wanted.sha256, from: wanted.from });
    const file = this.files.get(wanted.sha256);
    if (!this.up) return Promise.resolve({ kind: 'cut' });
    if (file === undefined) return Promise.resolve({ kind: 'refused', status: 404 });
    wanted.onStart(wanted.from);
    const chunk = file.subarray(wanted.from, Math.min(file.length, wanted.from + this.cutAfter));
    if (!wanted.onChunk(chunk)) return Promise.resolve({ kind: 'cut' });
    return Promise.resolve({ kind: wanted.from + chunk.length === file.length ? 'complete' : 'cut' });
  }
}

/** The same behind a thin wire: `bitsPerSecond` for all downloads together, in pieces of a tenth of a second. */
export class SlowMedia extends FakeMedia {
  private freeAt = 0;

  constructor(private readonly truth: TrueTime, private readonly bitsPerSecond: number) {
    super();
  }

  override async fetch(wanted: MediaRequest): Promise<MediaOutcome> {
    const parts: Uint8Array[] = [];
    let from = wanted.from;
    const outcome = await super.fetch({ ...wanted, onStart: (at) => { from = at; }, onChunk: (bytes) => { parts.push(bytes); return true; } });
    if (outcome.kind === 'refused') return outcome;
    wanted.onStart(from);
    const bytes = Buffer.concat(parts);
    const piece = Math.max(1, Math.round(this.bitsPerSecond / 8 / 10));
    for (let at = 0; at < bytes.length; at += piece) {
      this.freeAt = Math.max(this.freeAt, this.truth.now()) + 100;
      await new Promise<void>((resolve) => { this.truth.setTimer(this.freeAt - this.truth.now(), resolve); });
      if (!this.up || !wanted.onChunk(new Uint8Array(bytes.subarray(at, at + piece)))) return { kind: 'cut' };
    }
    return outcome;
  }
}
