import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256Hex } from '#libs/suites';
import { MediaFiles } from '../../../../../../apps/platform/src/features/media/media-files';
import type { PreparedRecording } from '../../../../../../apps/platform/src/features/media/prepare-recording';
import { StoreUpload } from '../../../../../../apps/platform/src/features/media/store-upload';
import { systemClock } from '../../../../../../apps/platform/src/kernel/clock';

const originals = (): readonly string[] => readdirSync(path.join(dataDir, 'media-originals'));
const sound = (name: string): Uint8Array => new TextEncoder().encode(name);
async function* body(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-upload-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** The real verb on a real folder; preparing waits for the test, and so does the transaction when it is told to. */
function uploads() {
  const files = new MediaFiles(dataDir, systemClock);
  const read = jest.spyOn(files, 'readUpload');
  const gates: (() => void)[] = [];
  const prepare = (bytes: Uint8Array): Promise<PreparedRecording> => new Promise((resolve) => {
    gates.push(() => resolve({ ok: true, bytes, sha256: sha256Hex(bytes), durationMs: 20, integratedCentiLufs: -1_600, truePeakCentiDbtp: -200 }));
  });
  let filesInside: readonly string[] = [];
  const parts = {
    transactions: {
      run: async (work: (tx: unknown) => Promise<unknown>) => {
        const before = readdirSync(dataDir, { recursive: true }).length;
        const done = await work({ query: () => Promise.resolve([]), execute: () => Promise.resolve(1) });
        filesInside = readdirSync(dataDir, { recursive: true }).length === before ? [] : ['written'];
        return done;
      },
    },
    store: { usedBytes: () => Promise.resolve(0), keep: (_: unknown, __: unknown, media: unknown) => Promise.resolve(media) },
    leaves: { insert: () => Promise.resolve() },
  } as unknown as { transactions: never; store: never; leaves: never };
  const verb = new StoreUpload(systemClock, { mediaQuotaBytes: 1_000_000 } as never, parts.transactions, parts.store, { prepare } as never, files, parts.leaves);
  const call = { key: null } as never;
  const upload = (name: string) => verb.run({ account: 'a', platform: 't1', platforms: ['t1'], person: 'p', roles: [] } as never, () => call, body(sound(name)), { role: 'recording', name });
  const open = async (at: number): Promise<void> => {
    while (gates[at] === undefined) await new Promise((resolve) => setImmediate(resolve));
    gates[at]();
  };
  return { upload, open, reads: () => read.mock.calls.length, inside: () => filesInside };
}

describe('many recordings at once', () => {
  it('are read one at a time, and what waits is bounded: AUDIO_BUSY, and nothing of that one is kept', async () => {
    const { upload, open, reads } = uploads();
    const all = Array.from({ length: 25 }, (_, at) => upload(`sound ${at}`).then(() => 'kept', (cause: { code: string; status: number }) => `${cause.code} ${cause.status}`));
    const settled: string[] = [];
    for (const one of all) void one.then((end) => settled.push(end));
    for (let turn = 0; settled.length < 8 && turn < 5_000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([settled, reads()]).toEqual([Array.from({ length: 8 }, () => 'AUDIO_BUSY 503'), 1]);
    for (let at = 0; at < 17; at += 1) await open(at);
    expect((await Promise.all(all)).filter((end) => end === 'kept')).toHaveLength(17);
    expect(originals()).toHaveLength(17);
  });
});

it('no file is written inside the transaction', async () => {
  const { upload, open, inside } = uploads();
  const done = upload('sound');
  await open(0);
  await done;
  expect([inside(), originals()]).toEqual([[], [sha256Hex(sound('sound'))]]);
});
