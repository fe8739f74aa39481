import { spawnSync } from 'node:child_process';
import { findFfmpeg, writeWav, type ForeignFormat, type Pcm } from '#libs/audio';

/** The machine's own; suites that need one are skipped where there is none. */
export const REAL_FFMPEG = findFfmpeg({ bin: process.env['FFMPEG_BIN'] ?? null, searchPath: process.env['PATH'] ?? '' });
export const whenFfmpeg = REAL_FFMPEG === undefined ? describe.skip : describe;

const OUTPUTS: Readonly<Record<ForeignFormat, readonly string[]>> = {
  mp3: ['-c:a', 'libmp3lame', '-f', 'mp3'], aac: ['-c:a', 'aac', '-f', 'adts'], m4a: ['-c:a', 'aac', '-f', 'ipod'], flac: ['-c:a', 'flac', '-f', 'flac'], 'ogg-vorbis': ['-c:a', 'libvorbis', '-f', 'ogg'],
};

/** Runs ffmpeg on bytes or a made-up source. Through a file, because an m4a is finished by going back. */
export function encoded(format: ForeignFormat, source: Pcm | readonly string[], folder: string): Uint8Array {
  const { readFileSync } = require('node:fs') as typeof import('node:fs');
  const file = `${folder}/made.${format}`;
  const input = 'samples' in source ? ['-f', 'wav', '-i', 'pipe:0'] : source;
  const { status, stderr } = spawnSync(REAL_FFMPEG ?? '', ['-hide_banner', '-loglevel', 'error', '-y', ...input, ...OUTPUTS[format], file], 'samples' in source ? { input: writeWav(source) } : {});
  if (status !== 0) throw new Error(String(stderr));
  return new Uint8Array(readFileSync(file));
}
