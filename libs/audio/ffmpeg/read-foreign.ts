import { hasSound } from '../level';
import { DEFAULT_AUDIO_LIMITS, type AudioLimits } from '../limits';
import { pcmOf, type Pcm } from '../pcm';
import { refuseAudio, type AudioRefusal } from '../refusal';
import type { ForeignFormat } from './foreign-format';
import { runFfmpeg } from './run-ffmpeg';

const TIMEOUT_MS = 40_000;
const MEMORY_MIB = 1_024;
/** Of the lines of a stranger's file that a sentence repeats. */
const TOLD_CHARS = 120;
const LAST_PAGE = 4;
/** Of a page before its lacing values, of which it names the number last. */
const PAGE_HEAD = 27;
const NAMES: Readonly<Record<ForeignFormat, string>> = { mp3: 'MP3', aac: 'AAC', m4a: 'M4A', flac: 'FLAC', 'ogg-vorbis': 'Ogg Vorbis' };

/**
 * Reads one of the formats that ffmpeg decodes. Refuses what is too large, too long, damaged, cut off where the format
 * tells (an MP3 does not), or silent; AUDIO_NO_FFMPEG where there is none. Never throws, whatever the bytes.
 */
export async function readForeign(bytes: Uint8Array, format: ForeignFormat, ffmpeg: string | undefined, limits: AudioLimits = DEFAULT_AUDIO_LIMITS): Promise<{ readonly ok: true; readonly pcm: Pcm } | AudioRefusal> {
  const name = NAMES[format];
  if (ffmpeg === undefined) {
    return refuseAudio('AUDIO_NO_FFMPEG', `${name} is read with ffmpeg, which this server does not have: install the package ffmpeg (apt-get install ffmpeg), or name it in FFMPEG_BIN. WAV (PCM), Ogg Opus and a browser's WebM need none.`);
  }
  if (bytes.length > limits.maxBytes) return refuseAudio('AUDIO_TOO_LARGE', `The file is larger than ${limits.maxBytes} bytes.`);
  if (format === 'ogg-vorbis' && !endsOgg(bytes)) return refuseAudio('AUDIO_UNREADABLE', `The ${name} file is cut off.`);
  const run = await runFfmpeg(ffmpeg, bytes, format, { maxDurationMs: limits.maxDurationMs, timeoutMs: TIMEOUT_MS, memoryMiB: MEMORY_MIB, cacheBytes: limits.maxBytes });
  switch (run.kind) {
    case 'too-long': return refuseAudio('AUDIO_TOO_LONG', `The recording is longer than ${limits.maxDurationMs / 60_000} minutes.`);
    case 'timeout': return refuseAudio('AUDIO_UNREADABLE', `The ${name} file takes too long to decode.`);
    case 'damaged': return refuseAudio('AUDIO_UNREADABLE', `The ${name} file is damaged or is none: ${run.told.replace(/[^\x20-\x7e]/g, '?').slice(0, TOLD_CHARS)}`);
    case 'decoded': {
      if (run.samples.length === 0) return refuseAudio('AUDIO_EMPTY', `The ${name} file holds no sound.`);
      const pcm = pcmOf(Float32Array.from(run.samples, (sample) => sample / 32_768));
      return hasSound(pcm) ? { ok: true, pcm } : refuseAudio('AUDIO_SILENT', 'Nothing can be heard in the recording.');
    }
  }
}

/** Whether the last page says that it is the last, and is whole (RFC 3533 section 6); otherwise the rest is missing. */
function endsOgg(bytes: Uint8Array): boolean {
  const last = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf('OggS');
  const contentAt = last + PAGE_HEAD + (bytes[last + PAGE_HEAD - 1] ?? 0);
  const length = bytes.subarray(last + PAGE_HEAD, contentAt).reduce((sum, lace) => sum + lace, 0);
  return ((bytes[last + 5] ?? 0) & LAST_PAGE) !== 0 && contentAt + length <= bytes.length;
}
