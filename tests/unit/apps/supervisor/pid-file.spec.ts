import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readPidFile, takeLock, writePidFile } from '../../../../apps/supervisor/src/pid-file';
import { identify, stillRuns } from '../../../../apps/supervisor/src/process-identity';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'clarion-pid-'));
const file = path.join(scratch, 'x.pid');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => rmSync(file, { force: true }));

describe('a pid file', () => {
  it('names a process that runs', () => {
    writePidFile(file, process.pid);
    expect(readPidFile(file)?.pid).toBe(process.pid);
  });

  it('names nobody when the number was given to another process', () => {
    writePidFile(file, process.pid);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"startedAt":"[^"]*"/, '"startedAt":"12345"'));
    expect(readPidFile(file)).toBeNull();
  });

  it('names nobody when it is damaged or missing', () => {
    for (const text of ['', '{', '{"pid":0,"startedAt":"1"}', '{"pid":"1"}', '4711']) {
      writeFileSync(file, text);
      expect(readPidFile(file)).toBeNull();
    }
    rmSync(file);
    expect(readPidFile(file)).toBeNull();
  });

  it('names nobody once the process has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const identity = identify(child.pid ?? 0);
    if (identity === null) throw new Error('not started');
    expect(stillRuns(identity)).toBe(true);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(stillRuns(identity)).toBe(false);
  });
});

describe('the lock of a data folder', () => {
  it('is refused while another process holds it', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writePidFile(file, child.pid ?? 0);
    expect(() => takeLock(file)).toThrow(expect.objectContaining({ code: 'ALREADY_RUNNING' }));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    takeLock(file)();
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a dead process, and from a damaged file', () => {
    writeFileSync(file, '{"pid":999999999,"startedAt":"1"}');
    takeLock(file)();
    writeFileSync(file, 'rubbish');
    const release = takeLock(file);
    expect(readPidFile(file)?.pid).toBe(process.pid);
    release();
  });
});
