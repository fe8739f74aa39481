import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shelf } from './disk';
import { readOrNothing } from './file-disk';

/** Media in a folder, one file per SHA-256, put in place whole. */
export function createFileShelf(folder: string): Shelf {
  return {
    get: async (sha256) => (await readOrNothing(join(folder, sha256))) ?? null,
    put: async (sha256, bytes) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const beside = join(folder, `${sha256}.new`);
      await writeFile(beside, bytes, { mode: 0o600 });
      await rename(beside, join(folder, sha256));
    },
    remove: (sha256) => rm(join(folder, sha256), { force: true }),
  };
}
