interface Sound {
  /** The fmt chunk as it stands in the file. */
  readonly format: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * Joins WAV PCM files of one format with silence between them; undefined when one is no such file, is empty, or differs.
 * A data chunk that claims to reach past the end (written into a pipe) is taken as far as it goes.
 */
export function joinWavs(wavs: readonly Uint8Array[], pauseMs: number): Uint8Array | undefined {
  const sounds = wavs.map(readSound);
  const first = sounds[0];
  if (first === undefined || sounds.some((sound) => sound === undefined || !sameBytes(sound.format, first.format))) return undefined;
  const format = new DataView(first.format.buffer, first.format.byteOffset, first.format.length);
  const frame = format.getUint16(12, true);
  const pause = silence(Math.round((format.getUint32(4, true) * pauseMs) / 1000) * frame, format.getUint16(14, true));
  return writeSound(first.format, sounds.flatMap((sound, index) => (sound === undefined ? [] : index === 0 ? [sound.body] : [pause, sound.body])));
}

function readSound(wav: Uint8Array): Sound | undefined {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.length);
  if (wav.length < 12 || tag(wav, 0) !== 'RIFF' || tag(wav, 8) !== 'WAVE') return undefined;
  let format: Uint8Array | undefined;
  for (let at = 12; at + 8 <= wav.length;) {
    const length = Math.min(view.getUint32(at + 4, true), wav.length - at - 8);
    if (tag(wav, at) === 'fmt ' && length >= 16) format = wav.subarray(at + 8, at + 24);
    if (tag(wav, at) === 'data' && format !== undefined) return soundOf(format, wav.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  return undefined;
}

/** PCM alone (tag 1); whole frames alone. */
function soundOf(format: Uint8Array, body: Uint8Array): Sound | undefined {
  const view = new DataView(format.buffer, format.byteOffset, format.length);
  const frame = view.getUint16(12, true);
  if (view.getUint16(0, true) !== 1 || frame === 0 || body.length < frame) return undefined;
  return { format, body: body.subarray(0, body.length - (body.length % frame)) };
}

/** 8 bit samples are unsigned: their silence is 128. */
function silence(bytes: number, bits: number): Uint8Array {
  return new Uint8Array(bytes).fill(bits === 8 ? 128 : 0);
}

function writeSound(format: Uint8Array, bodies: readonly Uint8Array[]): Uint8Array {
  const length = bodies.reduce((sum, body) => sum + body.length, 0);
  const wav = new Uint8Array(44 + length);
  const view = new DataView(wav.buffer);
  const encoder = new TextEncoder();
  wav.set(encoder.encode('RIFF'), 0);
  view.setUint32(4, 36 + length, true);
  wav.set(encoder.encode('WAVEfmt '), 8);
  view.setUint32(16, 16, true);
  wav.set(format, 20);
  wav.set(encoder.encode('data'), 36);
  view.setUint32(40, length, true);
  let at = 44;
  for (const body of bodies) {
    wav.set(body, at);
    at += body.length;
  }
  return wav;
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
