import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Where a site says that ffmpeg is. */
export interface FfmpegPlaces {
  /** FFMPEG_BIN: that file or none. */
  readonly bin: string | null;
  /** PATH. */
  readonly searchPath: string;
}

/**
 * The ffmpeg to use: the one named, else the package ffmpeg-static where the site installed it, else the first of the
 * PATH. Undefined where there is none: then only the formats of our own readers are taken in.
 */
export function findFfmpeg({ bin, searchPath }: FfmpegPlaces, packaged: () => string | null = ffmpegStatic): string | undefined {
  if (bin !== null) return runnable(bin) ? bin : undefined;
  const found = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, 'ffmpeg'));
  return [packaged(), ...found].find((file) => file !== null && runnable(file)) ?? undefined;
}

/** An optional peer, never asked for: its file when it is there. */
function ffmpegStatic(): string | null {
  try {
    const file: unknown = require('ffmpeg-static');
    return typeof file === 'string' ? file : null;
  } catch {
    return null;
  }
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
