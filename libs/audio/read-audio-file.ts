import { hasSound } from './level';
import { DEFAULT_AUDIO_LIMITS, type AudioLimits } from './limits';
import { readOggOpus } from './ogg-opus-decode';
import { startsWithOggS } from './ogg-pages';
import { decodeOpusStream } from './opus-stream';
import { SAMPLE_RATE, type Pcm } from './pcm';
import { refuseAudio, type AudioRefusal } from './refusal';
import { looksLikeWav, readWav } from './wav-read';
import { looksLikeWebm, readWebmOpus } from './webm-read';

export type AudioFile = { readonly ok: true; readonly pcm: Pcm; readonly format: 'wav' | 'ogg-opus' | 'webm-opus' };

/**
 * Reads an uploaded recording by its content, never by its name: WAV PCM, Ogg Opus, or a
 * browser's WebM with Opus. Everything else, and everything
 * broken, too long or silent, is refused with a code. Never throws, whatever the bytes.
 */
export function readAudioFile(bytes: Uint8Array, limits: AudioLimits = DEFAULT_AUDIO_LIMITS): AudioFile | AudioRefusal {
  if (bytes.length === 0) return refuseAudio('AUDIO_EMPTY', 'The file is empty.');
  if (bytes.length > limits.maxBytes) return refuseAudio('AUDIO_TOO_LARGE', `The file is larger than ${limits.maxBytes} bytes.`);
  const format = formatOf(bytes);
  if (format === 'mp4') {
    return refuseAudio('AUDIO_MP4', 'MP4 and M4A (AAC, as Safari records) are not read yet. Record with Chrome, Edge or Firefox, or send WAV.');
  }
  if (format === undefined) {
    return refuseAudio('AUDIO_UNLISTED_FORMAT', `${foreignName(bytes)} is not read here. Send WAV (PCM), Ogg Opus or a browser's WebM recording.`);
  }
  const maxSamples = (limits.maxDurationMs * SAMPLE_RATE) / 1000;
  const read = format === 'wav' ? readWav(bytes, limits) : format === 'ogg-opus' ? readOggOpus(bytes, maxSamples) : readWebm(bytes, maxSamples);
  if (!read.ok) return read;
  if (!hasSound(read.pcm)) return refuseAudio('AUDIO_SILENT', 'Nothing can be heard in the recording.');
  return { ok: true, pcm: read.pcm, format };
}

function formatOf(bytes: Uint8Array): AudioFile['format'] | 'mp4' | undefined {
  if (looksLikeWav(bytes)) return 'wav';
  if (startsWithOggS(bytes)) return 'ogg-opus';
  if (looksLikeWebm(bytes)) return 'webm-opus';
  return String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp' ? 'mp4' : undefined;
}

function readWebm(bytes: Uint8Array, maxSamples: number): { readonly ok: true; readonly pcm: Pcm } | AudioRefusal {
  const stream = readWebmOpus(bytes);
  return stream.ok ? decodeOpusStream(stream, maxSamples, 'WebM') : stream;
}

/** Names what people send most, so that the sentence helps. */
function foreignName(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  const [first, second] = bytes;
  if (text.startsWith('ID3') || (first === 0xff && second !== undefined && (second & 0xe6) === 0xe2)) return 'MP3';
  if (text.startsWith('fLaC')) return 'FLAC';
  if (text.startsWith('#!AMR')) return 'AMR';
  if (text.startsWith('RF64') || text.startsWith('RIFX')) return 'This kind of WAV';
  return 'This format';
}
