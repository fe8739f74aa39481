import { existsSync } from 'node:fs';
import path from 'node:path';
import { generateChime, writeWav } from '#libs/audio';

/** The compiled workshop with its child process; `npm test` builds before it runs any suite. */
const compiled = path.resolve(__dirname, '../../../../../../dist/apps/platform/src/features/media/recording-workshop.js');
const whenBuilt = existsSync(compiled) ? describe : describe.skip;

whenBuilt('the recording workshop in its child process', () => {
  const { ChildWorkshop, hasChild } = require(compiled) as typeof import('../../../../../../apps/platform/src/features/media/recording-workshop');

  it('prepares one recording after the other, and refuses with the code of the library', async () => {
    expect(hasChild()).toBe(true);
    const workshop = new ChildWorkshop();
    const wav = writeWav(generateChime('closing'));
    const [first, refused, second] = await Promise.all([workshop.prepare(wav), workshop.prepare(new TextEncoder().encode('ID3')), workshop.prepare(wav)]);
    expect(first).toMatchObject({ ok: true, durationMs: expect.any(Number) });
    expect(refused).toMatchObject({ ok: false, code: 'AUDIO_UNLISTED_FORMAT' });
    expect(second.ok && first.ok && second.sha256 === first.sha256).toBe(true);
  });
});
