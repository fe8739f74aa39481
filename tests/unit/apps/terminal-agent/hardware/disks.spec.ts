import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFileDisk } from '../../../../../apps/terminal-agent/src/hardware/file-disk';
import { openCopy, sealCopy } from '../../../../../apps/terminal-agent/src/hardware/sealed-copy';
import { GroupDisk } from '../../../../../apps/terminal-agent/src/simulator/group-disk';

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
let folder: string;
beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'disk-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a power cut now would leave. */
async function copyOf(from: string): Promise<string> {
  const to = path.join(folder, `copy-${(await readdir(folder)).length}`);
  await mkdir(to);
  for (const entry of await readdir(from)) if (entry.startsWith('log.')) await writeFile(path.join(to, entry), await readFile(path.join(from, entry)));
  return to;
}

const contents = async (disk: { read(name: string): Promise<{ kind: string; bytes?: Uint8Array }> }, name: string) => {
  const found = await disk.read(name);
  return found.kind === 'whole' ? read(found.bytes) : found.kind;
};

describe('a sealed copy', () => {
  it('opens as it was sealed, and not at all with any single byte wrong', () => {
    const copy = sealCopy(7, text('floors'));
    expect(openCopy(copy)).toEqual({ generation: 7, bytes: text('floors') });
    for (let at = 0; at < copy.length; at += 1) {
      const wrong = copy.slice();
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      expect(openCopy(wrong)).toBeUndefined();
    }
    expect(openCopy(copy.subarray(0, copy.length - 1))).toBeUndefined();
  });
});

describe('state files in a folder', () => {
  it('come back as last written, over a restart, in the order of the writes', async () => {
    const disk = await openFileDisk(folder);
    expect(await contents(disk, 'journal')).toBe('missing');
    await Promise.all([disk.writeDurably('journal', text('one')), disk.writeDurably('journal', text('two'))]);
    expect(await contents(await openFileDisk(folder), 'journal')).toBe('two');
    await disk.remove('journal');
    expect(await contents(disk, 'journal')).toBe('missing');
  });

  it('survive the loss of either copy, and say so when both are lost', async () => {
    for (const lost of ['a', 'b']) {
      const disk = await openFileDisk(folder);
      await disk.writeDurably('journal', text(`before ${lost}`));
      await disk.writeDurably('journal', text(lost));
      await writeFile(path.join(folder, `journal.${lost}`), 'rubbish');
      expect(await contents(await openFileDisk(folder), 'journal')).toBe(lost);
    }
    await writeFile(path.join(folder, 'journal.a'), '');
    await writeFile(path.join(folder, 'journal.b'), '');
    expect(await contents(await openFileDisk(folder), 'journal')).toBe('corrupt');
  });

  it('take the newer copy after a cut between the two', async () => {
    const disk = await openFileDisk(folder);
    await disk.writeDurably('journal', text('old'));
    const old = await readFile(path.join(folder, 'journal.b'));
    await disk.writeDurably('journal', text('new'));
    await writeFile(path.join(folder, 'journal.b'), old);
    expect(await contents(await openFileDisk(folder), 'journal')).toBe('new');
  });

  it('refuse a write that the folder cannot take', async () => {
    const disk = await openFileDisk(folder);
    await rm(folder, { recursive: true });
    await expect(disk.writeDurably('journal', text('x'))).rejects.toMatchObject({ code: 'AGENT_DISK' });
  });
});

describe('one disk under many simulated units', () => {
  it('keeps each unit\'s files apart and brings them back from the log after a kill', async () => {
    const disk = await GroupDisk.open(folder);
    await Promise.all([disk.diskOf('t1').writeDurably('journal', text('one')), disk.diskOf('t2').writeDurably('journal', text('two'))]);
    await disk.diskOf('t2').remove('spool');
    // No close: the process was killed.
    const again = await GroupDisk.open(folder);
    expect([await contents(again.diskOf('t1'), 'journal'), await contents(again.diskOf('t2'), 'journal'), await contents(again.diskOf('t1'), 'spool')]).toEqual(['one', 'two', 'missing']);
    await again.whenFolded();
    expect((await readdir(folder)).sort()).toEqual(['log.2', 't1', 't2']);
    expect([await contents(again.diskOf('t1'), 'journal'), await contents(again.diskOf('t2'), 'spool')]).toEqual(['one', 'missing']);
    await again.close();
    await disk.close();
  });

  it('holds everything up to a torn record, which nobody was promised', async () => {
    const disk = await GroupDisk.open(folder);
    await disk.diskOf('t1').writeDurably('journal', text('whole'));
    await disk.diskOf('t1').writeDurably('journal', text('torn'));
    const log = path.join(folder, (await readdir(folder)).find((name) => name.startsWith('log.')) ?? '');
    await truncate(log, (await readFile(log)).length - 2);
    const again = await GroupDisk.open(folder);
    expect(await contents(again.diskOf('t1'), 'journal')).toBe('whole');
    await again.close();
    await disk.close();
  });

  it('keeps what it promises after a write that the full disk took half of', async () => {
    const disk = await GroupDisk.open(folder);
    const unit = disk.diskOf('t1');
    await unit.writeDurably('journal', text('one'));
    const log = Reflect.get(disk, 'log') as FileHandle;
    const append = log.appendFile.bind(log);
    log.appendFile = async (bytes) => {
      log.appendFile = append;
      await append((bytes as Buffer).subarray(0, 50));
      throw new Error('no space left on device');
    };
    await expect(unit.writeDurably('journal', text('refused'))).rejects.toMatchObject({ code: 'AGENT_DISK' });
    const torn = await GroupDisk.open(await copyOf(folder));
    expect(await contents(torn.diskOf('t1'), 'journal')).toBe('one');
    await unit.writeDurably('journal', text('two'));
    const again = await GroupDisk.open(await copyOf(folder));
    expect(await contents(again.diskOf('t1'), 'journal')).toBe('two');
    for (const opened of [disk, torn, again]) await opened.close();
  });

  it('refuses what comes after a torn write as long as the tear cannot be cut off', async () => {
    const disk = await GroupDisk.open(folder);
    const log = Reflect.get(disk, 'log') as FileHandle;
    const { appendFile, truncate: cut } = log;
    log.appendFile = () => Promise.reject(new Error('no space left on device'));
    log.truncate = () => Promise.reject(new Error('input/output error'));
    await expect(disk.diskOf('t1').writeDurably('journal', text('one'))).rejects.toMatchObject({ code: 'AGENT_DISK' });
    log.appendFile = appendFile;
    await expect(disk.diskOf('t1').writeDurably('journal', text('two'))).rejects.toMatchObject({ code: 'AGENT_DISK' });
    log.truncate = cut;
    await disk.diskOf('t1').writeDurably('journal', text('three'));
    expect(await contents(disk.diskOf('t1'), 'journal')).toBe('three');
    await disk.close();
  });

  it('goes on in the old log when a new one cannot be begun, and begins it later', async () => {
    const disk = await GroupDisk.open(folder, 100);
    const unit = disk.diskOf('t1');
    await mkdir(path.join(folder, 'log.2'));
    for (const value of ['one', 'two', 'three']) await unit.writeDurably('journal', text(value));
    expect(await contents(unit, 'journal')).toBe('three');
    await rmdir(path.join(folder, 'log.2'));
    await unit.writeDurably('journal', text('four'));
    await disk.close();
    expect(await readdir(folder)).toContain('log.2');
    const again = await GroupDisk.open(folder);
    expect(await contents(again.diskOf('t1'), 'journal')).toBe('four');
    await again.close();
  });

  it('keeps the logs while the files cannot be brought up to date', async () => {
    const disk = await GroupDisk.open(folder, 100);
    await writeFile(path.join(folder, 't1'), 'in the way of the folder');
    for (const value of ['one', 'two', 'three']) await disk.diskOf('t1').writeDurably('journal', text(value));
    await disk.whenFolded();
    expect(await contents(disk.diskOf('t1'), 'journal')).toBe('three');
    await rm(path.join(folder, 't1'));
    for (const value of ['four', 'five']) await disk.diskOf('t1').writeDurably('journal', text(value));
    await disk.whenFolded();
    await disk.close();
    const again = await GroupDisk.open(folder);
    expect(await contents(again.diskOf('t1'), 'journal')).toBe('five');
    await again.close();
  });

  it('forgets at a power cut of one unit what was not on its way, and only that unit\'s', async () => {
    const disk = await GroupDisk.open(folder);
    let resolved = false;
    void disk.diskOf('t1').writeDurably('journal', text('lost')).then(() => { resolved = true; });
    const other = disk.diskOf('t2').writeDurably('journal', text('kept'));
    disk.drop('t1');
    await other;
    await disk.close();
    expect(resolved).toBe(false);
    const again = await GroupDisk.open(folder);
    expect([await contents(again.diskOf('t1'), 'journal'), await contents(again.diskOf('t2'), 'journal')]).toEqual(['missing', 'kept']);
    await again.close();
  });
});
