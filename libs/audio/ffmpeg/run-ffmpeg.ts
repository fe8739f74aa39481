import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import { SAMPLE_RATE } from '../pcm';
import type { ForeignFormat } from './foreign-format';

/** What ffmpeg calls the format, the decoders that may run for it, and where it reads: only m4a has to go back. */
interface Reading {
  readonly demuxer: string;
  readonly decoders: string;
  readonly source: string;
}
const PIPE = 'pipe:0';
const READINGS: Readonly<Record<ForeignFormat, Reading>> = {
  mp3: { demuxer: 'mp3', decoders: 'mp3float,mp3', source: PIPE },
  aac: { demuxer: 'aac', decoders: 'aac', source: PIPE },
  m4a: { demuxer: 'mp4', decoders: 'aac,alac', source: 'cache:pipe:0' },
  flac: { demuxer: 'flac', decoders: 'flac', source: PIPE },
  'ogg-vorbis': { demuxer: 'ogg', decoders: 'vorbis', source: PIPE },
};

/** What one run may cost. */
export interface FfmpegLimits {
  readonly maxDurationMs: number;
  /** By the clock on the wall, then it is killed. */
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  /** Of the file that `cache:` keeps of an m4a, nameless, while it is read. */
  readonly cacheBytes: number;
}

export type FfmpegRun =
  | { readonly kind: 'decoded'; readonly samples: Int16Array }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'damaged'; readonly told: string }
  | { readonly kind: 'timeout' };

const PRLIMIT = '/usr/bin/prlimit';
/** What a seekable pipe says each time, and what says that something was said again. */
const HARMLESS = /Inner protocol failed to seekback|Last message repeated/;

/**
 * One ffmpeg that decodes one file to 48 kHz mono. Constant arguments; the bytes come on stdin alone and go out on
 * stdout alone; no other protocol, container or decoder than those of the format; one thread. The system's limits
 * (prlimit, where there is one) stand before it gets the first byte. Anything that it complains of makes the file damaged.
 */
export function runFfmpeg(file: string, bytes: Uint8Array, format: ForeignFormat, limits: FfmpegLimits): Promise<FfmpegRun> {
  // Here, so that terminals, which read this library too, never load it.
  const ffmpeg: typeof import('fluent-ffmpeg').default = require('fluent-ffmpeg');
  const { demuxer, decoders, source } = READINGS[format];
  const seconds = Math.ceil(limits.maxDurationMs / 1000) + 1;
  const told: string[] = [];
  return new Promise((resolve) => {
    const command = ffmpeg({ stdoutLines: 20 });
    const kill = (): void => void command.ffmpegProc?.kill('SIGKILL');
    const answer = (run: FfmpegRun): void => {
      clearTimeout(timer);
      kill();
      resolve(run);
    };
    const timer = setTimeout(() => answer({ kind: 'timeout' }), limits.timeoutMs);
    const output = samplesUpTo(limits.maxDurationMs * (SAMPLE_RATE / 1000), () => answer({ kind: 'too-long' }));
    command.setFfmpegPath(file)
      .input(source)
      .inputOptions([
        '-hide_banner', '-loglevel', 'error', '-max_alloc', String(64 * 1024 * 1024), '-threads', '1',
        '-protocol_whitelist', source === PIPE ? 'pipe' : 'cache,pipe', '-format_whitelist', demuxer === 'mp4' ? 'mov' : demuxer, '-codec_whitelist', decoders,
        '-probesize', '1000000', '-analyzeduration', '5000000', '-f', demuxer,
      ])
      .output(output.stream, { end: true })
      .outputOptions(['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-filter_threads', '1', '-threads', '1', '-t', String(seconds), '-ac', '1', '-ar', String(SAMPLE_RATE), '-c:a', 'pcm_s16le', '-f', 's16le'])
      .on('stderr', (line) => { if (line.trim() !== '' && !HARMLESS.test(line)) told.push(line.trim()); })
      .on('start', () => void limited(command.ffmpegProc?.pid, limits, seconds).then((held) => {
        if (held) command.ffmpegProc?.stdin?.on('error', () => undefined).end(bytes);
        else answer({ kind: 'damaged', told: 'no limits could be set' });
      }))
      .on('error', (cause) => answer({ kind: 'damaged', told: told[0] ?? cause.message }))
      .on('end', () => answer(told[0] === undefined ? { kind: 'decoded', samples: output.samples() } : { kind: 'damaged', told: told[0] }));
    command.run();
  });
}

/** Sets what the process may take of memory, processor, files and core dumps; false when that failed. */
function limited(pid: number | undefined, { memoryMiB, timeoutMs, cacheBytes }: FfmpegLimits, seconds: number): Promise<boolean> {
  if (!existsSync(PRLIMIT)) return Promise.resolve(true);
  if (pid === undefined) return Promise.resolve(false);
  const cpuSeconds = Math.min(seconds, Math.ceil(timeoutMs / 1000));
  const args = [`--pid=${pid}`, `--as=${memoryMiB * 1024 * 1024}`, `--cpu=${cpuSeconds}`, `--fsize=${cacheBytes}`, '--nofile=16', '--core=0'];
  return new Promise((resolve) => { execFile(PRLIMIT, args, { env: {} }, (cause) => resolve(cause === null)); });
}

/** Collects 16 bit samples and tells once when they are more. Never closes by itself: the wrapper would take that for a fault. */
function samplesUpTo(most: number, exceeded: () => void): { readonly stream: Writable; readonly samples: () => Int16Array } {
  const chunks: Buffer[] = [];
  let length = 0;
  const stream = new Writable({
    autoDestroy: false,
    emitClose: false,
    write(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > 2 * most) {
        chunks.length = 0;
        exceeded();
      } else chunks.push(chunk);
      done();
    },
  });
  return { stream, samples: () => {
    const all = new Uint8Array(Buffer.concat(chunks, length - (length % 2)));
    return new Int16Array(all.buffer, 0, all.length / 2);
  } };
}
