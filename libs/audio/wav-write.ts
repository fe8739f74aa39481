import { SAMPLE_RATE, type Pcm } from './pcm';
import { toInt16 } from './int16';

/** A RIFF WAVE file, 48 kHz mono 16 bit PCM: what `./clarion listen` writes. */
export function writeWav(pcm: Pcm): Uint8Array {
  const body = toInt16(pcm.samples);
  const bytes = new Uint8Array(44 + body.length * 2);
  const view = new DataView(bytes.buffer);
  const tag = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  tag(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  tag(8, 'WAVE');
  tag(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  tag(36, 'data');
  view.setUint32(40, body.length * 2, true);
  body.forEach((sample, index) => view.setInt16(44 + index * 2, sample, true));
  return bytes;
}
