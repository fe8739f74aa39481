import { DEFAULT_AUDIO_LIMITS, durationMsOf, findFfmpeg, foreignFormatOf, FRAME_SAMPLES, HORN_LOUDNESS, levelLoudness, readAudioFile, readForeign, refuseReserved, type AudioRefusal, type Pcm } from '#libs/audio';
import { LIMITS } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readInput } from '../files';
import type { Sound } from './sound';

/** A recording, read, made as loud and refused for the same reasons as an upload. Refuses (usage) with a code of `AudioRefusal`. */
export async function fileSound(path: string, environment: Readonly<Record<string, string>>): Promise<Sound> {
  const bytes = readInput(path);
  const format = foreignFormatOf(bytes);
  const limits = { ...DEFAULT_AUDIO_LIMITS, maxDurationMs: LIMITS.liveMs };
  const read = format === undefined ? readAudioFile(bytes, limits)
    : await readForeign(bytes, format, findFfmpeg({ bin: environment['FFMPEG_BIN'] ?? null, searchPath: environment['PATH'] ?? '' }), limits);
  if (!read.ok) throw refused(path, read);
  const reserved = refuseReserved(read.pcm);
  if (reserved !== null) throw refused(path, reserved);
  const { pcm } = levelLoudness(read.pcm, HORN_LOUDNESS);
  return { kind: 'paced', bitrate: 32_000, durationMs: durationMsOf(pcm), frames: framesIn(pcm), close: () => undefined };
}

function refused(path: string, { code, sentence }: AudioRefusal): CliError {
  return new CliError(code, `${path}: ${sentence}`, EXIT.usage);
}

async function* framesIn({ samples }: Pcm): AsyncGenerator<Int16Array> {
  for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
    const frame = new Int16Array(FRAME_SAMPLES);
    samples.subarray(at, at + FRAME_SAMPLES).forEach((sample, n) => { frame[n] = Math.max(-1, Math.min(1, sample)) * 32_767; });
    yield frame;
  }
}
