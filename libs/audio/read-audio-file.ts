import { hasSound } from './level';
import { DEFAULT_AUDIO_LIMITS, type AudioLimits } from './limits';
import { readOggOpus } from './ogg-opus-decode';
import { startsWithOggS } from './ogg-pages';
import { SAMPLE_RATE, type Pcm } from './pcm';
import { refuseAudio, type AudioRefusal } from './refusal';
import { looksLikeWav, readWav } from './wav-read';

export type AudioFile = { readonly ok: true; readonly pcm: Pcm; readonly format: 'wav' | 'ogg-opus' };

/**
 * Reads an uploaded recording by its content, never by its name: WAV PCM or Ogg Opus. Everything else, and everything
 * broken, too long or silent, is refused with a code. Never throws, whatever the bytes.
 */
export function readAudioFile(bytes: Uint8Array, limits: AudioLimits = DEFAULT_AUDIO_LIMITS): AudioFile | AudioRefusal {
  if (bytes.length === 0) return refuseAudio('AUDIO_EMPTY', 'The file is empty.');
  if (bytes.length > limits.maxBytes) return refuseAudio('AUDIO_TOO_LARGE', `The file is larger than ${limits.maxBytes} bytes.`);
  const format = looksLikeWav(bytes) ? 'wav' : startsWithOggS(bytes) ? 'ogg-opus' : undefined;
  if (format === undefined) {
    return refuseAudio('AUDIO_UNLISTED_FORMAT', `${foreignName(bytes)} is not read here. Send WAV (PCM) or Ogg Opus.`);
  }
  const maxSamples = (limits.maxDurationMs * SAMPLE_RATE) / 1000;
  const read = format === 'wav' ? readWav(bytes, limits) : readOggOpus(bytes, maxSamples);
  if (!read.ok) return read;
  if (!hasSound(read.pcm)) return refuseAudio('AUDIO_SILENT', 'Nothing can be heard in the recording.');
  return { ok: true, pcm: read.pcm, format };
}

/** Names what people send most, so that the sentence helps. */
function foreignName(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  const [first, second] = bytes;
  if (text.startsWith('ID3') || (first === 0xff && second !== undefined && (second & 0xe6) === 0xe2)) return 'MP3';
  if (text.slice(4, 8) === 'ftyp') return 'MP4 or M4A';
  if (text.startsWith('fLaC')) return 'FLAC';
  if (text.startsWith('#!AMR')) return 'AMR';
  if (text.startsWith('\x1aE\xdf\xa3')) return 'WebM';
  if (text.startsWith('RF64') || text.startsWith('RIFX')) return 'This kind of WAV';
  return 'This format';
}
