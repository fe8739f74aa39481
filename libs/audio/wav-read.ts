import { MAX_INPUT_RATE, MAX_RIFF_CHUNKS, MIN_INPUT_RATE, type AudioLimits } from './limits';
import { pcmOf, type Pcm } from './pcm';
import { refuseAudio, type AudioRefusal } from './refusal';
import { resampleTo48k } from './resample';

type SampleKind = 'u8' | 's16' | 's24' | 's32' | 'f32';
type WavFormat = { readonly channels: 1 | 2; readonly rate: number; readonly kind: SampleKind; readonly frameBytes: number };
type Chunk = { readonly id: string; readonly start: number; readonly length: number };

const PCM_TAG = 1;
const FLOAT_TAG = 3;
const EXTENSIBLE_TAG = 0xfffe;
/** The 14 bytes every KSDATAFORMAT_SUBTYPE made from a format tag ends with. */
const SUBTYPE_TAIL = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
const BYTES: Readonly<Record<SampleKind, number>> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4 };

/** Whether the bytes begin like a RIFF WAVE file. */
export function looksLikeWav(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && tagAt(bytes, 0) === 'RIFF' && tagAt(bytes, 8) === 'WAVE';
}

/**
 * Reads RIFF WAVE: PCM 8, 16, 24, 32 bit and 32 bit float, plain or extensible, mono or stereo (mixed down to the mean),
 * 8 to 96 kHz. Refuses lengths that reach past the file, doubled or missing chunks, cut frames and NaN; never repairs.
 * A data length of 0xFFFFFFFF is what writers into a pipe leave and means "to the end of the file".
 */
export function readWav(bytes: Uint8Array, limits: AudioLimits): { readonly ok: true; readonly pcm: Pcm } | AudioRefusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = listChunks(bytes, view);
  if ('code' in chunks) return chunks;
  const formats = chunks.filter((chunk) => chunk.id === 'fmt ');
  const bodies = chunks.filter((chunk) => chunk.id === 'data');
  const [formatChunk] = formats;
  const [body] = bodies;
  if (formatChunk === undefined || formats.length > 1) return unreadable('must have exactly one fmt chunk');
  if (body === undefined || bodies.length > 1) return unreadable('must have exactly one data chunk');
  if (body.start < formatChunk.start) return unreadable('has its data before its format');
  const format = readFormat(bytes, view, formatChunk);
  if ('code' in format) return format;
  if (body.length % format.frameBytes !== 0) return unreadable('ends in the middle of a sample');
  const frames = body.length / format.frameBytes;
  if (frames === 0) return refuseAudio('AUDIO_EMPTY', 'The WAV file holds no samples.');
  if ((frames * 1000) / format.rate > limits.maxDurationMs) {
    return refuseAudio('AUDIO_TOO_LONG', `The recording is longer than ${limits.maxDurationMs / 1000} seconds.`);
  }
  const mono = mixDown(view, body.start, frames, format);
  if (mono.some((sample) => !Number.isFinite(sample))) return unreadable('holds samples that are not numbers');
  return { ok: true, pcm: pcmOf(resampleTo48k(mono, format.rate)) };
}

function listChunks(bytes: Uint8Array, view: DataView): readonly Chunk[] | AudioRefusal {
  const chunks: Chunk[] = [];
  let at = 12;
  while (at + 8 <= bytes.length) {
    if (chunks.length >= MAX_RIFF_CHUNKS) return unreadable('has too many chunks');
    const id = tagAt(bytes, at);
    const stated = view.getUint32(at + 4, true);
    const room = bytes.length - at - 8;
    const length = id === 'data' && stated === 0xffffffff ? room : stated;
    if (length > room) return unreadable(`is cut: its ${printable(id)} chunk reaches past the end of the file`);
    chunks.push({ id, start: at + 8, length });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

function readFormat(bytes: Uint8Array, view: DataView, chunk: Chunk): WavFormat | AudioRefusal {
  if (chunk.length < 16) return unreadable('has a fmt chunk that is too short');
  const channels = view.getUint16(chunk.start + 2, true);
  const rate = view.getUint32(chunk.start + 4, true);
  const blockAlign = view.getUint16(chunk.start + 12, true);
  const bits = view.getUint16(chunk.start + 14, true);
  let tag = view.getUint16(chunk.start, true);
  if (tag === EXTENSIBLE_TAG) {
    if (chunk.length < 40) return unreadable('has an extensible fmt chunk that is too short');
    if (SUBTYPE_TAIL.some((byte, index) => bytes[chunk.start + 26 + index] !== byte)) {
      return unlisted('WAV with an unknown sub-format');
    }
    tag = view.getUint16(chunk.start + 24, true);
  }
  const kind = sampleKind(tag, bits);
  if (kind === undefined) return unlisted(`WAV with format tag ${tag} and ${bits} bit`);
  if (channels !== 1 && channels !== 2) return unlisted(`WAV with ${channels} channels`);
  if (rate < MIN_INPUT_RATE || rate > MAX_INPUT_RATE) return unlisted(`WAV with ${rate} Hz`);
  const frameBytes = BYTES[kind] * channels;
  if (blockAlign !== frameBytes) return unreadable('contradicts itself about the size of a sample');
  return { channels, rate, kind, frameBytes };
}

function sampleKind(tag: number, bits: number): SampleKind | undefined {
  if (tag === FLOAT_TAG) return bits === 32 ? 'f32' : undefined;
  if (tag !== PCM_TAG) return undefined;
  if (bits === 8) return 'u8';
  if (bits === 16) return 's16';
  if (bits === 24) return 's24';
  return bits === 32 ? 's32' : undefined;
}

function mixDown(view: DataView, start: number, frames: number, format: WavFormat): Float32Array {
  const mono = new Float32Array(frames);
  const sampleBytes = BYTES[format.kind];
  for (let frame = 0; frame < frames; frame += 1) {
    const at = start + frame * format.frameBytes;
    const left = sampleAt(view, at, format.kind);
    mono[frame] = format.channels === 1 ? left : (left + sampleAt(view, at + sampleBytes, format.kind)) / 2;
  }
  return mono;
}

function sampleAt(view: DataView, at: number, kind: SampleKind): number {
  switch (kind) {
    case 'u8':
      return (view.getUint8(at) - 128) / 128;
    case 's16':
      return view.getInt16(at, true) / 32768;
    case 's24':
      return (view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getInt8(at + 2) << 16)) / 8388608;
    case 's32':
      return view.getInt32(at, true) / 2147483648;
    case 'f32':
      return view.getFloat32(at, true);
  }
}

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function printable(tag: string): string {
  return tag.replace(/[^ -~]/g, '?').trim();
}

function unreadable(what: string): AudioRefusal {
  return refuseAudio('AUDIO_UNREADABLE', `The WAV file ${what}.`);
}

function unlisted(what: string): AudioRefusal {
  return refuseAudio('AUDIO_UNLISTED_FORMAT', `${what} is not read here. Send WAV (PCM, mono or stereo, 8 to 96 kHz) or Ogg Opus.`);
}
