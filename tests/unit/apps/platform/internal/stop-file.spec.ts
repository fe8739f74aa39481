import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stopIdSchema } from '#libs/contracts';
import { listStopFiles, readStopFile, removeStopFile, writeStopFile } from '../../../../../apps/platform/src/internal/stop-file';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-stops-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const id = (last: string) => stopIdSchema.parse(`0190a000-0000-7000-8000-00000000000${last}`);
const stop = { payloadType: 'application/vnd.clarion.stop.v1+json', payload: 'e30=', signatures: [{ keyid: 'a'.repeat(64), sig: 'AAAA' }] };

describe('stop files', () => {
  it('are whole or not there, come back in order, and go', async () => {
    for (const last of ['2', '1']) await writeStopFile(dataDir, id(last), { stop, notAfter: 9, receivedAt: 1, by: 'duty' });
    expect(await listStopFiles(dataDir)).toEqual([id('1'), id('2')]);
    expect(readdirSync(path.join(dataDir, 'stops')).some((name) => name.endsWith('.part'))).toBe(false);
    expect(await readStopFile(dataDir, id('1'))).toEqual({ stop, notAfter: 9, receivedAt: 1, by: 'duty' });
    await removeStopFile(dataDir, id('1'));
    expect(await listStopFiles(dataDir)).toEqual([id('2')]);
  });

  it('never take the place of another under the same id; the same one again changes nothing, and what is no stop gives way', async () => {
    const content = { stop, notAfter: 9, receivedAt: 1, by: 'duty' };
    const other = { ...content, stop: { ...stop, payload: 'e30K' }, by: 'v1-stopper' };
    await Promise.all([1, 2, 3].map(() => writeStopFile(dataDir, id('1'), content)));
    await writeStopFile(dataDir, id('1'), { ...content, by: 'somebody' });
    await expect(writeStopFile(dataDir, id('1'), other)).rejects.toMatchObject({ code: 'STOP_ID_TAKEN', status: 409 });
    expect(await readStopFile(dataDir, id('1'))).toEqual(content);
    writeFileSync(path.join(dataDir, 'stops', `${id('2')}.json`), '{"stop":');
    await writeStopFile(dataDir, id('2'), content);
    expect(await readStopFile(dataDir, id('2'))).toEqual(content);
    expect(readdirSync(path.join(dataDir, 'stops'))).toHaveLength(2);
  });

  it('that are half, foreign or too large are not read, and other names are not looked at', async () => {
    expect(await listStopFiles(dataDir)).toEqual([]);
    const folder = path.join(dataDir, 'stops');
    mkdirSync(folder);
    writeFileSync(path.join(folder, `${id('1')}.json`), '{"stop":');
    writeFileSync(path.join(folder, `${id('2')}.json`), JSON.stringify({ stop, notAfter: 9, receivedAt: 1, by: 'duty', extra: 1 }));
    writeFileSync(path.join(folder, `${id('3')}.json`), ' '.repeat(300_000));
    writeFileSync(path.join(folder, 'notes.txt'), 'x');
    expect(await listStopFiles(dataDir)).toEqual([id('1'), id('2'), id('3')]);
    for (const last of ['1', '2', '3', '4']) expect(await readStopFile(dataDir, id(last))).toBeUndefined();
  });
});
