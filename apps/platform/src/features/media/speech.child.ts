import { generateChime, writeWav } from '#libs/audio';
import { prepareSpeech } from './prepare-recording';

/** Runs as a process of its own: takes one WAV after the other and answers each; ends with its parent. */
process.on('disconnect', () => process.exit());
process.on('message', (file) => {
  if (!(file instanceof Uint8Array)) throw new TypeError('the workshop hands over bytes');
  process.send?.(prepareSpeech(file));
});
// The first one is as fast as the next: the codec is loaded and the code compiled before anybody waits.
const voiceLike = writeWav(generateChime('opening'));
// Stated as 22.05 kHz like the built-in voice: the resampler is warm too.
new DataView(voiceLike.buffer).setUint32(24, 22_050, true);
prepareSpeech(voiceLike);
