import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findFfmpeg } from '#libs/audio';
import { CliError, EXIT } from '../cli-error';
import { framesOf, type Sound } from './sound';

type Environment = Readonly<Record<string, string>>;

/** As ALSA names devices: `default`, `hw:1,0`, `plughw:CARD=Mic,DEV=0`. Never an option, never a path. */
const DEVICE = /^[A-Za-z0-9][A-Za-z0-9_:,=.@-]{0,79}$/;
const PRLIMIT = '/usr/bin/prlimit';
/** Of a stranger's bytes: memory, processor seconds, files and sockets at once. */
const LIMITS_OF_STREAMS = ['--as=1073741824', '--cpu=300', '--nofile=64', '--core=0', '--'];
/** Before any input and after every output. */
const QUIET = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
const SAMPLES = ['-vn', '-sn', '-dn', '-ac', '1', '-ar', '48000', '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'];
/** Of what a child complains, so much is repeated. */
const TOLD_CHARS = 200;

/** A microphone or line of this machine through ALSA: ffmpeg, or arecord where there is none. Refuses (usage) DEVICE, NO_CAPTURE. */
export function deviceSound(kind: 'mic' | 'line', device: string, environment: Environment): Sound {
  if (!DEVICE.test(device)) throw new CliError('DEVICE', `"${device}" is no ALSA device such as default or hw:1,0; arecord -l lists them`, EXIT.usage);
  const ffmpeg = ffmpegIn(environment);
  const arecord = (environment['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/')).map((folder) => `${folder}/arecord`).find((file) => existsSync(file));
  const [file, args] = ffmpeg === undefined
    ? [arecord, ['-q', '-D', device, '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '1']]
    : [ffmpeg, [...QUIET, '-f', 'alsa', '-i', device, '-flush_packets', '1', ...SAMPLES]];
  if (file === undefined) throw new CliError('NO_CAPTURE', 'Neither ffmpeg nor arecord is here: apt-get install ffmpeg / 缺少录音程序', EXIT.usage);
  return { kind: 'live', bitrate: kind === 'mic' ? 24_000 : 32_000, ...childSound(file, args, environment) };
}

/**
 * A network stream over HTTP, decoded by ffmpeg: no other protocol, container or decoder than those named here, so that
 * no playlist leads anywhere; at most as fast as it is said. Refuses (usage) URL, NO_CAPTURE.
 */
export function urlSound(url: string, environment: Environment): Sound {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new CliError('URL', `"${url}" is no address of a stream such as https://radio.example/live.mp3`, EXIT.usage);
  const ffmpeg = ffmpegIn(environment);
  if (ffmpeg === undefined) throw new CliError('NO_CAPTURE', 'Network streams are read with ffmpeg, which is not here: apt-get install ffmpeg / 缺少 ffmpeg', EXIT.usage);
  const args = [
    ...QUIET, '-max_alloc', '67108864', '-threads', '1', '-rw_timeout', '10000000', '-protocol_whitelist', 'http,https,tcp,tls',
    '-format_whitelist', 'mp3,aac,ogg,flac,wav', '-codec_whitelist', 'mp3float,mp3,aac,vorbis,opus,libopus,flac,pcm_s16le', '-i', new URL(url).href, ...SAMPLES,
  ];
  const boxed = existsSync(PRLIMIT) ? { file: PRLIMIT, args: [...LIMITS_OF_STREAMS, ffmpeg, ...args] } : { file: ffmpeg, args };
  return { kind: 'paced', bitrate: 32_000, ...childSound(boxed.file, boxed.args, {}) };
}

function ffmpegIn(environment: Environment): string | undefined {
  return findFfmpeg({ bin: environment['FFMPEG_BIN'] ?? null, searchPath: environment['PATH'] ?? '' });
}

/** What a child writes, without a shell; it begins when the first frame is wanted. When it ends by itself with a complaint the voice is over: CAPTURE_FAILED. */
function childSound(file: string, args: readonly string[], environment: Environment): Pick<Sound, 'frames' | 'close'> {
  let child: ChildProcess | undefined;
  let isClosed = false;
  const frames = async function* (): AsyncGenerator<Int16Array> {
    if (isClosed) return;
    let told = '';
    const begun = spawn(file, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    child = begun;
    begun.stderr.on('data', (piece: Buffer) => { told = `${told}${piece.toString('utf8')}`.slice(0, TOLD_CHARS); });
    const over = new Promise<number | null>((resolve) => { begun.once('error', (cause) => { told = cause.message; resolve(null); }).once('close', resolve); });
    yield* framesOf(begun.stdout);
    const code = await over;
    if (!isClosed && code !== 0) throw new CliError('CAPTURE_FAILED', `The sound broke off: ${told.replace(/[^\x20-\x7e]/g, ' ').trim() || `exit ${code ?? 'unknown'}`} / 采集中断`);
  };
  return {
    frames: frames(),
    close: () => {
      isClosed = true;
      child?.kill('SIGKILL');
    },
  };
}
