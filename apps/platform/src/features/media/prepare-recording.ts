import { LIMITS } from '#libs/contracts';
import { encodeOggOpus, normaliseLoudness, readAudioFile, type AudioRefusal, type Pcm } from '#libs/audio';
import { sha256Hex } from '#libs/suites';

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

/** Voice over a siren or music stays clear at this rate (bit/s). */
const BITRATE = 32_000;

/** Reads WAV PCM or Ogg Opus, brings it to -16 LUFS and at most -2 dBTP, and encodes it. Refuses with AUDIO_*; CPU work of seconds. */
export function prepareRecording(file: Uint8Array): PreparedRecording | AudioRefusal {
  const read = readAudioFile(file, { maxBytes: LIMITS.uploadBytes, maxDurationMs: LIMITS.audioDurationMs });
  return read.ok ? preparePcm(read.pcm) : read;
}

/** One clear voice alone: encoded with less searching, because an author waits for it. */
const SPEECH_COMPLEXITY = 5;

/** The same for what a voice spoke. */
export function prepareSpeech(file: Uint8Array): PreparedRecording | AudioRefusal {
  const read = readAudioFile(file, { maxBytes: LIMITS.uploadBytes, maxDurationMs: LIMITS.audioDurationMs });
  return read.ok ? preparePcm(read.pcm, { complexity: SPEECH_COMPLEXITY }) : read;
}

/** The same for sound made here: siren, chime. */
export function preparePcm(pcm: Pcm, { complexity }: { readonly complexity?: number } = {}): PreparedRecording {
  const loud = normaliseLoudness(pcm);
  const { bytes, durationMs } = encodeOggOpus(loud.pcm, { bitrate: BITRATE, ...(complexity === undefined ? {} : { complexity }) });
  return {
    ok: true,
    bytes,
    sha256: sha256Hex(bytes),
    durationMs,
    integratedCentiLufs: centi(loud.after.integratedLufs),
    truePeakCentiDbtp: centi(loud.after.truePeakDbtp),
  };
}

/** Silence measures as minus infinity, which no integer column holds: -120 dB stands for it. */
function centi(decibels: number): number {
  return Math.round(Math.max(decibels, -120) * 100);
}
