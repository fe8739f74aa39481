import { existsSync } from 'node:fs';
import path from 'node:path';
import { findFfmpeg, type FfmpegPlaces } from '../ffmpeg/find-ffmpeg';

type Environment = Readonly<Record<string, string>>;

/** A program that writes sound, 16 bit samples (little-endian) of 48 kHz mono, to its output for as long as it runs. */
export interface Capture {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Environment;
}

/** No ALSA device's name; no address of a stream; no program here that could read it. */
export type CaptureRefusal = 'DEVICE' | 'URL' | 'NO_CAPTURE';

/** As ALSA names devices: `default`, `hw:1,0`, `plughw:CARD=Mic,DEV=0`. Never an option, never a path. */
const DEVICE = /^[A-Za-z0-9][A-Za-z0-9_:,=.@-]{0,79}$/;
const PRLIMIT = '/usr/bin/prlimit';
/** Of a stranger's bytes: memory, processor seconds, files and sockets at once. */
const LIMITS_OF_STREAMS = ['--as=1073741824', '--cpu=300', '--nofile=64', '--core=0', '--'];
/** Before any input and after every output. */
const QUIET = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
const SAMPLES = ['-vn', '-sn', '-dn', '-ac', '1', '-ar', '48000', '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'];

export function isDevice(name: string): boolean {
  return DEVICE.test(name);
}

export function isStreamUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A microphone or line of this machine through ALSA: ffmpeg, or arecord where there is none. `environment`: the child's. */
export function deviceCapture(device: string, places: FfmpegPlaces, environment: Environment): Capture | CaptureRefusal {
  if (!isDevice(device)) return 'DEVICE';
  const ffmpeg = findFfmpeg(places);
  if (ffmpeg !== undefined) return { file: ffmpeg, args: [...QUIET, '-f', 'alsa', '-i', device, '-flush_packets', '1', ...SAMPLES], environment };
  const arecord = places.searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, 'arecord')).find((file) => existsSync(file));
  return arecord === undefined ? 'NO_CAPTURE' : { file: arecord, args: ['-q', '-D', device, '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '1'], environment };
}

/**
 * A network stream over HTTP, decoded by ffmpeg: no other protocol, container or decoder than those named here, so that
 * no playlist leads anywhere; with the system's limits (prlimit, where there is one) and nothing in its environment.
 */
export function urlCapture(url: string, places: FfmpegPlaces): Capture | CaptureRefusal {
  if (!isStreamUrl(url)) return 'URL';
  const ffmpeg = findFfmpeg(places);
  if (ffmpeg === undefined) return 'NO_CAPTURE';
  const args = [
    ...QUIET, '-max_alloc', '67108864', '-threads', '1', '-rw_timeout', '10000000', '-protocol_whitelist', 'http,https,tcp,tls',
    '-format_whitelist', 'mp3,aac,ogg,flac,wav', '-codec_whitelist', 'mp3float,mp3,aac,vorbis,opus,libopus,flac,pcm_s16le', '-i', new URL(url).href, ...SAMPLES,
  ];
  return existsSync(PRLIMIT) ? { file: PRLIMIT, args: [...LIMITS_OF_STREAMS, ffmpeg, ...args], environment: {} } : { file: ffmpeg, args, environment: {} };
}
