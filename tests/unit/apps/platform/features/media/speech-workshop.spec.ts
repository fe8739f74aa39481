import { existsSync } from 'node:fs';
import path from 'node:path';
import { decodeOggOpus, generateChime, measureLoudness, writeWav } from '#libs/audio';

/** The compiled workshop with its child process; `npm test` builds before it runs any suite. */
const compiled = path.resolve(__dirname, '../../../../../../dist/apps/platform/src/features/media/speech-workshop.js');
const whenBuilt = existsSync(compiled) ? describe : describe.skip;

whenBuilt('the kept workshop for speech', () => {
  const { KeptSpeechWorkshop, hasSpeechChild } = require(compiled) as typeof import('../../../../../../apps/platform/src/features/media/speech-workshop');
  const wav = writeWav(generateChime('opening'));

  it('prepares one sound after the other in the same process, at horn loudness', async () => {
    expect(hasSpeechChild()).toBe(true);
    const workshop = new KeptSpeechWorkshop();
    const [first, refused, second] = await Promise.all([workshop.prepare(wav), workshop.prepare(new TextEncoder().encode('ID3')), workshop.prepare(wav)]);
    expect(refused).toMatchObject({ ok: false, code: 'AUDIO_UNLISTED_FORMAT' });
    if (!first.ok || !second.ok) throw new Error('not prepared');
    expect(second.sha256).toBe(first.sha256);
    expect(measureLoudness(decodeOggOpus(new Uint8Array(first.bytes))).truePeakDbtp).toBeLessThanOrEqual(-2);
  });

  it('replaces a process that broke down, and says so to whom it served', async () => {
    const workshop = new KeptSpeechWorkshop();
    // The child takes bytes alone: anything else ends it.
    await expect(workshop.prepare('no bytes' as unknown as Uint8Array)).rejects.toMatchObject({ code: 'SPEECH_FAILED', status: 503 });
    expect(await workshop.prepare(wav)).toMatchObject({ ok: true });
  });
});
