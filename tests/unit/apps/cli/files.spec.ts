import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLasting, writePrivate, writeReadable, writeStream } from '../../../../apps/cli/src/files';
import { clarion } from './fake-platform';

const TEXT = 'what was there\n';

describe('files that the command line writes', () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'clarion-files-'));
    writeFileSync(at('precious'), TEXT);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ab');
    yield Buffer.from('c');
  }
  const WRITERS: readonly (readonly [string, (path: string) => unknown])[] = [
    ['private', (path) => writePrivate(path, 'abc')], ['lasting', (path) => writeLasting(path, 'abc')],
    ['readable', (path) => writeReadable(path, Buffer.from('abc'))], ['piece by piece', (path) => writeStream(path, pieces())],
  ];

  describe.each(WRITERS)('%s', (kind, write) => {
    it('takes a new name and an old plain file, and leaves nothing beside it', async () => {
      for (const name of ['new', 'precious']) {
        await write(at(name));
        expect(readFileSync(at(name), 'utf8')).toBe('abc');
        expect(statSync(at(name)).mode & 0o077).toBe(kind === 'readable' ? 0o044 & ~process.umask() : 0);
        expect(existsSync(at(`${name}.part`))).toBe(false);
      }
    });

    it('follows no link, whether it leads to a file, a device or nowhere, and replaces none', async () => {
      for (const [name, target] of [['to-file', at('precious')], ['to-device', '/dev/null'], ['to-nowhere', at('absent')]] as const) {
        symlinkSync(target, at(name));
        await expect((async () => write(at(name)))()).rejects.toMatchObject({ code: 'FILE_NOT_PLAIN', exit: 2 });
        expect(lstatSync(at(name)).isSymbolicLink()).toBe(true);
      }
      expect(readFileSync(at('precious'), 'utf8')).toBe(TEXT);
      expect(existsSync(at('absent'))).toBe(false);
    });

    // A pipe stands for every device: were this check to fail, a real one would be gone from the machine that runs it.
    it('writes over no device, pipe or folder', async () => {
      execFileSync('mkfifo', [at('pipe')]);
      mkdirSync(at('folder'));
      for (const path of [at('pipe'), at('folder')]) await expect((async () => write(path))()).rejects.toMatchObject({ code: 'FILE_NOT_PLAIN' });
      expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    });

    it('does not write through a link that somebody laid under the name it writes first', async () => {
      symlinkSync(at('precious'), at('new.part'));
      await write(at('new'));
      expect([readFileSync(at('new'), 'utf8'), readFileSync(at('precious'), 'utf8')]).toEqual(['abc', TEXT]);
    });
  });

  it('a command that is told to write over a link or a device says so with exit 2 and leaves it', async () => {
    const offline = { CLARION_SESSION: at('none'), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none'), CLARION_URL: 'http://127.0.0.1:9' };
    symlinkSync(at('absent'), at('linked.xlsx'));
    symlinkSync(at('absent'), at('code-1-of-1.png'));
    symlinkSync(at('absent'), at('joined'));
    writeFileSync(at('paper.json'), '{"a":1}');
    const shown = await clarion(['qr', 'show', at('paper.json'), '--json'], offline);
    writeFileSync(at('parts'), (JSON.parse(shown.out) as { parts: string[] }).parts.join('\n'));
    for (const words of [['qr', 'show', at('paper.json'), '--png', at('code')], ['qr', 'join', at('parts'), '--out', at('joined')], ['qr', 'join', at('parts'), '--out', '/dev/zero/x']]) {
      const said = await clarion(words, offline);
      expect([said.code === 0, existsSync(at('absent'))]).toEqual([false, false]);
    }
    expect((await clarion(['qr', 'join', at('parts'), '--out', at('joined')], offline))).toMatchObject({ code: 2, err: expect.stringContaining('FILE_NOT_PLAIN') as string });
  });
});
