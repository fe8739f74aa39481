import { statfsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskError, type Disk, type DiskRead } from './disk';
import { openCopy, sealCopy, type SealedCopy } from './sealed-copy';

const COPIES = ['a', 'b'] as const;

/**
 * State files in a folder: `<name>.a` and `<name>.b`, each with a checksum and a generation, written to a temporary
 * file, synced, renamed and the folder synced (facts 4b.5). An effect waits for both copies, so one whole copy always
 * holds everything that ever took effect. Writes of one name follow each other.
 */
export async function openFileDisk(folder: string): Promise<Disk> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const generations = new Map<string, number>();
  const lastWrite = new Map<string, Promise<void>>();

  async function copiesOf(name: string): Promise<{ readonly found: number; readonly whole: readonly SealedCopy[] }> {
    const files = await Promise.all(COPIES.map((copy) => readOrNothing(join(folder, `${name}.${copy}`))));
    const there = files.filter((file) => file !== undefined);
    return { found: there.length, whole: there.map(openCopy).filter((copy) => copy !== undefined) };
  }

  async function read(name: string): Promise<DiskRead> {
    const { found, whole } = await copiesOf(name);
    const newest = [...whole].sort((a, b) => b.generation - a.generation)[0];
    if (newest === undefined) return { kind: found === 0 ? 'missing' : 'corrupt' };
    generations.set(name, Math.max(newest.generation, generations.get(name) ?? 0));
    return { kind: 'whole', bytes: newest.bytes };
  }

  async function write(name: string, bytes: Uint8Array): Promise<void> {
    if (!generations.has(name)) await read(name);
    const generation = (generations.get(name) ?? 0) + 1;
    generations.set(name, generation);
    const sealed = sealCopy(generation, bytes);
    try {
      for (const copy of COPIES) await replaceFile(join(folder, `${name}.${copy}`), sealed);
      await syncFolder(folder);
    } catch (cause) {
      throw new DiskError(name, cause);
    }
  }

  return {
    read,
    writeDurably: (name, bytes) => {
      const before = lastWrite.get(name) ?? Promise.resolve();
      const written = before.catch(() => undefined).then(() => write(name, bytes));
      lastWrite.set(name, written);
      return written;
    },
    remove: async (name) => {
      await lastWrite.get(name)?.catch(() => undefined);
      await Promise.all(COPIES.map((copy) => rm(join(folder, `${name}.${copy}`), { force: true })));
    },
    freeMiB: () => freeMiB(folder),
  };
}

/** Free space below a path, MiB; 0 when it cannot be asked. */
export function freeMiB(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return Math.floor((bavail * bsize) / (1024 * 1024));
  } catch {
    return 0;
  }
}

/** Writes beside the file, syncs, and puts it in place in one step. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

/** Makes renames in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file's bytes, or undefined when there is none. Any other fault is the caller's to see. */
export async function readOrNothing(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
