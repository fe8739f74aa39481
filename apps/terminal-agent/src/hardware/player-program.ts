import { join } from 'node:path';

/** A program that sounds raw samples from its standard input. */
export interface PlayerProgram {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  /** Whether it tells on stderr of every period that its device took (aplay): only then the device's own clock is known. */
  readonly reports: boolean;
}

interface KnownPlayer {
  readonly name: string;
  readonly reports: boolean;
  args(device: string | null): readonly string[];
}

/** Short, so that a stop is heard within a quarter of a second; the operating system may give a little more. */
const BUFFER_US = 80_000;
const PERIOD_US = 20_000;

/** In the order in which they are tried. All take 48 kHz mono 16-bit little-endian. */
const KNOWN: readonly KnownPlayer[] = [
  {
    name: 'aplay', reports: true,
    args: (device) => [
      ...(device === null ? [] : ['-D', device]), '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '1',
      `--buffer-time=${BUFFER_US}`, `--period-time=${PERIOD_US}`, '--start-delay=1', '-v', '--vumeter=mono', '-',
    ],
  },
  {
    name: 'pacat', reports: false,
    args: (device) => ['--playback', ...(device === null ? [] : [`--device=${device}`]), '--raw', '--format=s16le', '--rate=48000', '--channels=1', '--latency-msec=80'],
  },
  { name: 'play', reports: false, args: () => ['-q', '--buffer', '4096', '-t', 'raw', '-r', '48000', '-e', 'signed-integer', '-b', '16', '-c', '1', '-'] },
  {
    name: 'ffplay', reports: false,
    args: () => ['-loglevel', 'error', '-nodisp', '-autoexit', '-fflags', 'nobuffer', '-probesize', '32', '-f', 's16le', '-ar', '48000', '-i', 'pipe:0'],
  },
];

/** The known players that are there, best first. `folders` is the PATH, taken apart; `isThere` tells whether a file exists and may be run. */
export function playersOn(folders: readonly string[], device: string | null, isThere: (path: string) => boolean): readonly PlayerProgram[] {
  return KNOWN.flatMap(({ name, reports, args }) => {
    const folder = folders.find((one) => one !== '' && isThere(join(one, name)));
    return folder === undefined ? [] : [{ name, path: join(folder, name), args: args(device), reports }];
  });
}
