import promises, { mkdtemp, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFileDisk } from '../../../../../apps/terminal-agent/src/hardware/file-disk';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'power-')); });
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/**
 * What a file system may do to files until they are synced: what was written is empty after a cut unless the file was
 * synced, and a rename is undone unless the folder was. Returns the cut.
 */
function cachedFiles(): () => Promise<void> {
  const { open, rename } = promises;
  const unsynced = new Set<string>();
  let renamed: { readonly from: string; readonly to: string; readonly before: Buffer | null }[] = [];
  jest.spyOn(promises, 'open').mockImplementation(async (name, flags, mode) => {
    const file: FileHandle = await open(name, flags, mode);
    const target = String(name);
    const { writeFile: write, sync } = file;
    file.writeFile = async (...bytes) => {
      unsynced.add(target);
      await write.apply(file, bytes);
    };
    file.sync = async () => {
      await sync.call(file);
      unsynced.delete(target);
      renamed = renamed.filter(({ to }) => path.dirname(to) !== target);
    };
    return file;
  });
  jest.spyOn(promises, 'rename').mockImplementation(async (from, to) => {
    renamed.push({ from: String(from), to: String(to), before: await readFile(to).catch(() => null) });
    if (unsynced.delete(String(from))) unsynced.add(String(to));
    await rename(from, to);
  });
  return async () => {
    for (const name of unsynced) await writeFile(name, '');
    for (const { to, before } of renamed.reverse()) await (before === null ? rm(to, { force: true }) : writeFile(to, before));
  };
}

it('a write that has resolved survives a power cut: the first of a name, and one over another', async () => {
  const cut = cachedFiles();
  for (const value of ['first', 'second']) {
    const disk = await openFileDisk(folder);
    await disk.writeDurably('journal', new TextEncoder().encode(value));
    await cut();
    const read = await (await openFileDisk(folder)).read('journal');
    expect(read.kind === 'whole' ? new TextDecoder().decode(read.bytes) : read.kind).toBe(value);
  }
});
