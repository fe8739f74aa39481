import { chmodSync, closeSync, createWriteStream, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CliError, EXIT } from './cli-error';

/** Writes a file whole or not at all, readable by its owner only. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  try {
    writeFileSync(part, text, { mode: 0o600 });
    chmodSync(part, 0o600);
    renameSync(part, path);
  } catch (cause) {
    rmSync(part, { force: true });
    throw cause;
  }
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

/** As `writePrivate`, of what comes piece by piece; how many bytes came. */
export async function writeStream(path: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const part = `${path}.part`;
  let bytes = 0;
  const counting = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      bytes += piece.length;
      yield piece;
    }
  };
  try {
    await pipeline(counting(), createWriteStream(part, { mode: 0o600 }));
  } catch (cause) {
    rmSync(part, { force: true });
    throw cause;
  }
  renameSync(part, path);
  return bytes;
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

/** JSON that the caller named or wrote; a usage error when it is none. */
export function readInputJson(path: string): unknown {
  const text = readInput(path).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError('FILE_NOT_JSON', `${path} is not JSON`, EXIT.usage);
  }
}
