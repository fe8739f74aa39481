import { closeSync, constants, createWriteStream, existsSync, fchmodSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CliError, EXIT } from './cli-error';

const PRIVATE = 0o600;
const READABLE = 0o644;
/** File systems that keep no modes, so that nothing can be asked of them: FAT, exFAT, NTFS (its driver, in FUSE too), folders that a host lends. */
const WITHOUT_MODES: ReadonlySet<number> = new Set([0x4d44, 0x2011_bab0, 0x7366_746e, 0x5346_544e, 0x6573_5546, 0x0102_1997]);

/**
 * Whatever the command line writes goes through here. A name that somebody gave, or laid before us, may be a link or a
 * device: as root, renaming over it or writing through it would spoil what it is or points to. Refuses (usage) FILE_NOT_PLAIN.
 */
export function requirePlain(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  const what = found.isSymbolicLink() ? 'a link' : found.isDirectory() ? 'a folder' : 'a device, a pipe or a socket';
  throw new CliError('FILE_NOT_PLAIN', `${path} is ${what} and no plain file; nothing was written / 不是普通文件，没有写入`, EXIT.usage);
}

/** Writes a file whole or not at all, readable by its owner only. Refuses what `requirePlain` refuses. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeWhole(path, text, PRIVATE);
}

/** As `writePrivate`, of what anybody may read: tables, pictures, recordings. The folder must be there. */
export function writeReadable(path: string, bytes: Uint8Array): void {
  writeWhole(path, bytes, READABLE);
}

/** As `writePrivate`; when it returns the disk has it, and a stick may be pulled. */
export function writeLasting(path: string, text: string): void {
  writePrivate(path, text);
  for (const each of [path, dirname(path)]) {
    const handle = openSync(each, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}

/** As `writePrivate`, of what comes piece by piece; how many bytes came. The folder must be there. */
export async function writeStream(path: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const part = beginPart(path, PRIVATE);
  let bytes = 0;
  const counting = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      bytes += piece.length;
      yield piece;
    }
  };
  try {
    await pipeline(counting(), createWriteStream(part.path, { fd: part.handle }));
    endPart(part.path, path);
  } catch (cause) {
    rmSync(part.path, { force: true });
    throw cause;
  }
  return bytes;
}

function writeWhole(path: string, bytes: string | Uint8Array, mode: number): void {
  const part = beginPart(path, mode);
  try {
    try {
      writeFileSync(part.handle, bytes);
    } finally {
      closeSync(part.handle);
    }
    endPart(part.path, path);
  } catch (cause) {
    rmSync(part.path, { force: true });
    throw cause;
  }
}

/** A file of our own beside the one to be: what lies under its name, a link too, goes first; what comes after that is not opened. */
function beginPart(path: string, mode: number): { readonly path: string; readonly handle: number } {
  requirePlain(path);
  const part = `${path}.part`;
  rmSync(part, { force: true });
  const handle = openSync(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  if (mode === PRIVATE) fchmodSync(handle, mode);
  return { path: part, handle };
}

/** What was laid under the name meanwhile is not replaced. */
function endPart(part: string, path: string): void {
  requirePlain(path);
  renameSync(part, path);
}

/** The parsed JSON of a file; undefined when it does not exist. */
export function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** The bytes of a file that the caller named; a usage error when they cannot be read. */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError('FILE_UNREADABLE', `${path}: ${error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read'}`, EXIT.usage);
  }
}

/** What becomes of a secret that others may read. A stop is not kept waiting for a file's mode: it only says so. */
export type OnExposed = (fault: CliError) => void;
const refuseExposed: OnExposed = (fault) => { throw fault; };

/** A passphrase, password or token: the text of a file that is its owner's alone, or of a pipe. Refuses what `requirePrivate` refuses. */
export function readSecret(path: string, onExposed: OnExposed = refuseExposed): string {
  requirePrivate(path, onExposed);
  return readInput(path).toString('utf8').trim();
}

/** Refuses (usage) FILE_EXPOSED: other accounts of this machine may read or write the file. Pipes and `/dev/fd` pass, and a stick without modes. */
export function requirePrivate(path: string, onExposed: OnExposed = refuseExposed): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || (found.mode & 0o077) === 0 || WITHOUT_MODES.has(statfsSync(path).type)) return;
  const mode = (found.mode & 0o777).toString(8);
  onExposed(new CliError('FILE_EXPOSED', `${path} has mode ${mode}: other accounts of this machine get at it; chmod 600 ${path} / 其他账户可以读写该文件，请改为600`, EXIT.usage));
}

/** JSON that the caller named or wrote; a usage error when it is none. */
export function readInputJson(path: string): unknown {
  const text = readInput(path).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError('FILE_NOT_JSON', `${path} is not JSON`, EXIT.usage);
  }
}
