import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LIMITS } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { MediaFiles } from '../../../../../../apps/platform/src/features/media/media-files';
import { systemClock } from '../../../../../../apps/platform/src/kernel/clock';

let dataDir: string;
let files: MediaFiles;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-media-'));
  files = new MediaFiles(dataDir, systemClock);
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function* parts(...chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield chunk;
}
const bytes = new TextEncoder().encode('sound');

describe('the media store', () => {
  it('keeps bytes under their digest, in a folder of its first two digits, once', async () => {
    const sha256 = await files.put(bytes);
    expect([sha256, await files.put(bytes)]).toEqual([sha256Hex(bytes), sha256]);
    expect(readdirSync(path.join(dataDir, 'media', sha256.slice(0, 2)))).toEqual([sha256]);
    expect(new Uint8Array(readFileSync(files.pathOf(sha256)))).toEqual(bytes);
    expect([await files.sizeOf(sha256), await files.sizeOf('0'.repeat(64))]).toEqual([5, undefined]);
  });

  it('leads nowhere but into its folder', () => {
    for (const name of ['../../etc/passwd', 'abc', '', 'A'.repeat(64)]) expect(() => files.pathOf(name)).toThrow();
  });

  it('takes an upload in pieces and names it by its digest', async () => {
    const upload = await files.receive(parts(bytes, bytes));
    expect(upload).toMatchObject({ bytes: 10, sha256: sha256Hex(bytes, bytes) });
    await files.keepOriginal(upload);
    await files.keepOriginal(await files.receive(parts(bytes, bytes)));
    expect(readdirSync(path.join(dataDir, 'media-originals'))).toEqual([upload.sha256]);
  });

  it('finds at its start what a power cut left half written, and throws it away', async () => {
    const sha256 = await files.put(bytes);
    const left = [files.pathOf(sha256) + '.0011.part', path.join(dataDir, 'media-originals', '0022.part')];
    mkdirSync(path.join(dataDir, 'media-originals'));
    for (const file of left) writeFileSync(file, 'half');
    await files.onModuleInit();
    expect([left.filter((file) => existsSync(file)), await files.sizeOf(sha256)]).toEqual([[], 5]);
    await new MediaFiles(path.join(dataDir, 'new'), systemClock).onModuleInit();
  });

  it('keeps nothing of an upload that is too large or breaks off', async () => {
    const half = new Uint8Array(LIMITS.uploadBytes / 2 + 1);
    await expect(files.receive(parts(half, half))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE', status: 413 });
    await expect(files.receive((async function* () {
      yield bytes;
      throw new Error('gone');
    })())).rejects.toThrow('gone');
    expect(readdirSync(path.join(dataDir, 'media-originals'))).toEqual([]);
  });
});
