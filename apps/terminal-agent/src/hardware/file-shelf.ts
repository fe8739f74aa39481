import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shelf } from './disk';
import { readOrNothing, replaceFile, syncFolder } from './file-disk';

/** Media in a folder, one file per SHA-256, put in place whole; on the disk when `put` resolves. */
export function createFileShelf(folder: string): Shelf {
  return {
    get: async (sha256) => (await readOrNothing(join(folder, sha256))) ?? null,
    put: async (sha256, bytes) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await replaceFile(join(folder, sha256), bytes);
      await syncFolder(folder);
    },
    remove: (sha256) => rm(join(folder, sha256), { force: true }),
  };
}
