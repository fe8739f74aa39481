import { closeSync, constants, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorCode, operationalError } from '../../kernel/errors';

/** Bytes of a key file at most: a record and a PKCS#8 key are some 400. */
const MAX_BYTES = 4_096;

/**
 * The text of a file that only its owner may read. Refuses, with a code and the file's name: SERVER_KEY_MISSING,
 * SERVER_KEY_EXPOSED (another account may read it, or it is a link), SERVER_KEY_INVALID (unreadable, or too large).
 */
export function readPrivateFile(file: string): string {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    const reason = errorCode(cause);
    if (reason === 'ENOENT') throw operationalError('SERVER_KEY_MISSING', `The key ${file} does not exist.`, { cause });
    if (reason === 'ELOOP') throw operationalError('SERVER_KEY_EXPOSED', `The key ${file} is a link; it must be a file.`, { cause });
    throw operationalError('SERVER_KEY_INVALID', `The key ${file} cannot be read.`, { cause });
  }
  try {
    const { mode, size } = fstatSync(handle);
    if ((mode & 0o777) !== 0o600) {
      throw operationalError('SERVER_KEY_EXPOSED', `The key ${file} has mode ${(mode & 0o777).toString(8)}; it must be 600.`);
    }
    if (size > MAX_BYTES) throw operationalError('SERVER_KEY_INVALID', `The key ${file} is too large to be one of ours.`);
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

/** Writes it at first start: 0600, whole or not at all, first maker wins. */
export function writePrivateFileOnce(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  const handle = openSync(fresh, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(fresh, file);
  } catch (cause) {
    // Another process of this installation was first; its key counts.
    if (errorCode(cause) !== 'EEXIST') throw cause;
  } finally {
    rmSync(fresh, { force: true });
  }
}
