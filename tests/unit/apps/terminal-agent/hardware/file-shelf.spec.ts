import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFileShelf } from '../../../../../apps/terminal-agent/src/hardware/file-shelf';

let folder: string;
beforeEach(async () => { folder = await fs.mkdtemp(path.join(tmpdir(), 'shelf-')); });
afterEach(() => {
  jest.restoreAllMocks();
  return fs.rm(folder, { recursive: true, force: true });
});

describe('media on a shelf', () => {
  it('is kept by name, whole, and gone when it is removed', async () => {
    const shelf = createFileShelf(path.join(folder, 'shelf'));
    expect(await shelf.get('abc')).toBeNull();
    await shelf.put('abc', new Uint8Array([1, 2, 3]));
    expect(await shelf.get('abc')).toEqual(new Uint8Array([1, 2, 3]));
    await shelf.remove('abc');
    expect(await shelf.get('abc')).toBeNull();
  });

  it('lies on the disk before it is counted on: an index that survives a power cut must not name a file that did not', async () => {
    const steps: string[] = [];
    const handle = await fs.open(path.join(folder, 'any'), 'w');
    const made = Object.getPrototypeOf(handle) as { sync: () => Promise<void> };
    await handle.close();
    const { sync } = made;
    jest.spyOn(made, 'sync').mockImplementation(function (this: typeof handle) { steps.push('sync'); return sync.call(this); });
    const { rename } = fs;
    jest.spyOn(fs, 'rename').mockImplementation((from, to) => { steps.push('rename'); return rename(from, to); });
    await createFileShelf(path.join(folder, 'shelf')).put('abc', new Uint8Array([1]));
    expect(steps).toEqual(['sync', 'rename', 'sync']);
  });
});
