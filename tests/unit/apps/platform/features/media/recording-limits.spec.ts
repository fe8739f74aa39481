import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ChildWorkshop } from '../../../../../../apps/platform/src/features/media/recording-workshop';
import { sha256Hex } from '#libs/suites';

/** Children that a hostile recording has taken over: each does one of the things that such a process could. */
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-workshop-'));
const LIMITS = { timeoutMs: 1_500, heapMiB: 24, memoryMiB: 256, answerBytes: 1_000 };
const GOOD = { ok: true, sha256: '', durationMs: 20, integratedCentiLufs: -1_600, truePeakCentiDbtp: -200, checks: { integratedCentiLufs: -2_000, truePeakCentiDbtp: -900, silentPermille: 0, longestSilenceMs: 0, clippedSamples: 0, warnings: [] } };

function prepareIn(name: string, program: string, timeoutMs = LIMITS.timeoutMs): Promise<unknown> {
  const file = path.join(folder, `${name}.js`);
  writeFileSync(file, `process.once('message', (file) => { ${program} });`);
  return new ChildWorkshop({ ...LIMITS, timeoutMs }, file).prepare(new Uint8Array([1, 2, 3]));
}
const answer = (fields: string): string => `process.send({ ...${JSON.stringify(GOOD)}, ${fields} });`;
const SHA = sha256Hex(new Uint8Array([7]));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the process that looks into a recording', () => {
  it('is killed when it never ends, also when it takes the whole processor', async () => {
    await expect(prepareIn('hangs', 'setInterval(() => {}, 1000);')).rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED' });
    await expect(prepareIn('spins', 'for (;;) {}')).rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED' });
  });

  it('falls alone when it wants too much memory, or crashes, or leaves without a word', async () => {
    await expect(prepareIn('eats', 'const kept = []; for (;;) kept.push(new Array(100000).fill({}));', 20_000)).rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED' });
    const good = answer(`bytes: new Uint8Array([7]), sha256: '${SHA}'`);
    await expect(prepareIn('hoards', `globalThis.kept = Array.from({ length: 50 }, () => Buffer.alloc(8 << 20, 1)); setTimeout(() => { ${good} }, 3_000);`, 20_000))
      .rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED', cause: { message: expect.stringContaining('MiB') as string } });
    await expect(prepareIn('crashes', 'process.abort();')).rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED' });
    await expect(prepareIn('leaves', 'process.exit(0);')).rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED' });
  });

  it.each([
    ['too much', answer(`bytes: new Uint8Array(1001), sha256: '${'a'.repeat(64)}'`)],
    ['bytes of another digest', answer(`bytes: new Uint8Array([8]), sha256: '${SHA}'`)],
    ['a length beyond every limit', answer(`bytes: new Uint8Array([7]), sha256: '${SHA}', durationMs: 1e9`)],
    ['more than it was asked', answer(`bytes: new Uint8Array([7]), sha256: '${SHA}', path: '/etc'`)],
    ['warnings of its own', answer(`bytes: new Uint8Array([7]), sha256: '${SHA}', checks: { ...${JSON.stringify(GOOD.checks)}, warnings: ['SAFE'] }`)],
    ['a code of its own', 'process.send({ ok: false, code: "ALL_GOOD", sentence: "" });'],
    ['nothing', 'process.send(null);'],
  ])('is not believed when it answers %s', async (_, program) => {
    await expect(prepareIn('lies', program, 5_000)).rejects.toMatchObject({ code: 'AUDIO_WORKSHOP_FAILED' });
  });

  it('is believed when its answer holds together', async () => {
    await expect(prepareIn('works', answer(`bytes: new Uint8Array([7]), sha256: '${SHA}'`), 5_000)).resolves.toMatchObject({ ok: true, sha256: SHA });
    await expect(prepareIn('refuses', 'process.send({ ok: false, code: "AUDIO_SILENT", sentence: "Nothing." });', 5_000)).resolves.toMatchObject({ ok: false, code: 'AUDIO_SILENT' });
  });
});
