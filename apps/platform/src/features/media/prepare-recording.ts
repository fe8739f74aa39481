import { LIMITS, type UploadChecks } from '#libs/contracts';
import { checkRecording, decodeOggOpus, encodeOggOpus, foreignFormatOf, HORN_LOUDNESS, levelLoudness, measureLoudness, readAudioFile, readForeign, refuseReserved, type AudioRefusal, type Pcm } from '#libs/audio';
import { sha256Hex } from '#libs/suites';
import { centi, uploadChecks } from './upload-checks';

/** A recording as the horns get it: Ogg Opus 48 kHz mono at horn loudness, named by its digest. */
export interface PreparedRecording {
  readonly ok: true;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly durationMs: number;
  /** Hundredths of a LUFS and of a dBTP. */
  readonly integratedCentiLufs: number;
  readonly truePeakCentiDbtp: number;
}

/** One that was brought, with what it was like before. */
export interface PreparedUpload extends PreparedRecording {
  readonly checks: UploadChecks;
}

/** Voice over a siren or music stays clear at this rate (bit/s). */
const BITRATE = 32_000;

const READ_LIMITS = { maxBytes: LIMITS.uploadBytes, maxDurationMs: LIMITS.audioDurationMs };

/**
 * Reads a recording in any format that is taken in, brings it to -16 LUFS and at most -2 dBTP, and encodes it. Refuses
 * with AUDIO_*, also the signals of others; CPU work of seconds. `ffmpeg` is the file that runs for what our own readers do not read.
 */
export async function prepareRecording(file: Uint8Array, ffmpeg?: string): Promise<PreparedUpload | AudioRefusal> {
  const foreign = foreignFormatOf(file);
  const read = foreign === undefined ? readAudioFile(file, READ_LIMITS) : await readForeign(file, foreign, ffmpeg, READ_LIMITS);
  if (!read.ok) return read;
  return refuseReserved(read.pcm) ?? { ...preparePcm(read.pcm), checks: uploadChecks(checkRecording(read.pcm)) };
}

/** One clear voice alone: encoded with less searching, because an author waits for it. */
const SPEECH: Encoding = { complexity: 5, firstCeilingDbtp: -5.2 };
const RECORDING: Encoding = { complexity: 9, firstCeilingDbtp: -3.2 };

interface Encoding {
  readonly complexity: number;
  /** Opus moves peaks by a decibel or more, the more the less it searches: the limiter leaves it that room at first. */
  readonly firstCeilingDbtp: number;
}

/** The same for what a voice spoke. */
export function prepareSpeech(file: Uint8Array): PreparedRecording | AudioRefusal {
  const read = readAudioFile(file, READ_LIMITS);
  return read.ok ? preparePcm(read.pcm, SPEECH) : read;
}

/** Limited anew and encoded again this often until what is decoded keeps the peak, and is loud enough where the peak leaves room. */
const MAX_ROUNDS = 4;
const MARGIN_DB = 0.2;
/** Single words come out lower at first, because their peaks weigh more: a miss that is let be, LU, and what counts as short. */
const QUIETER_LU = 0.7;
const SHORT_MS = 10_000;

/** The same for sound made here: siren, chime. The figures are those of what a terminal decodes. */
export function preparePcm(pcm: Pcm, { complexity, firstCeilingDbtp }: Encoding = RECORDING): PreparedRecording {
  const { targetLufs, maxTruePeakDbtp: most } = HORN_LOUDNESS;
  let kept: PreparedRecording | undefined;
  for (let ceiling = firstCeilingDbtp, round = 1; ; round += 1) {
    const { bytes, durationMs } = encodeOggOpus(levelLoudness(pcm, { targetLufs, maxTruePeakDbtp: ceiling }).pcm, { bitrate: BITRATE, complexity });
    const heard = measureLoudness(decodeOggOpus(bytes));
    const room = most - heard.truePeakDbtp;
    const prepared: PreparedRecording = { ok: true, bytes, sha256: sha256Hex(bytes), durationMs, integratedCentiLufs: centi(heard.integratedLufs), truePeakCentiDbtp: centi(heard.truePeakDbtp) };
    if (room >= 0) kept = prepared;
    const loudEnough = durationMs > SHORT_MS || targetLufs - heard.integratedLufs <= QUIETER_LU || room <= 2 * MARGIN_DB;
    if ((room >= 0 && loudEnough) || round === MAX_ROUNDS) return kept ?? prepared;
    ceiling += room - MARGIN_DB;
  }
}
