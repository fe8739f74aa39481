import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LogFile, lineSplitter } from '../../../../apps/supervisor/src/log-file';

const scratch = mkdtempSync(path.join(os.tmpdir(), 'clarion-log-'));
const file = path.join(scratch, 'logs', 'x.log');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a log file', () => {
  it('keeps lines for its owner only, and the last ones at hand', () => {
    const log = new LogFile(file);
    for (let n = 0; n < 40; n += 1) log.write(`line ${n}`);
    expect(readFileSync(file, 'utf8').split('\n').length).toBe(41);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(log.tail(2)).toEqual(['line 38', 'line 39']);
  });

  it('is put aside when it has grown, so that a disk is never filled by it', () => {
    const log = new LogFile(file);
    for (let n = 0; n < 520; n += 1) log.write('x'.repeat(32_768));
    expect(existsSync(`${file}.1`)).toBe(true);
    expect(statSync(file).size).toBeLessThan(17 * 1024 * 1024);
  });

  it('is cut into lines whatever the chunks, also inside a character', () => {
    const lines: string[] = [];
    const take = lineSplitter((line) => lines.push(line));
    const bytes = Buffer.from('号角一\n二\n三');
    for (const byte of bytes) take(Buffer.from([byte]));
    expect(lines).toEqual(['号角一', '二']);
  });
});
