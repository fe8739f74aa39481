// A process of its own around espeak-ng's WebAssembly build: GPL-3 code stays outside the server's process, and its
// memory goes with it. Plain JavaScript so that the same file runs from the sources and from dist.
// Takes one message {voice, wordsPerMinute, text}, answers one {wav, phonemes} (base64, text) or {fault}, and ends.
'use strict';

async function speak({ voice, wordsPerMinute, text }) {
  let createEspeak;
  try {
    ({ default: createEspeak } = await import('espeak-ng'));
  } catch (cause) {
    return { fault: 'missing', detail: String(cause) };
  }
  try {
    const espeak = await createEspeak({
      arguments: ['-v', voice, '-s', String(wordsPerMinute), '-w', 'spoken.wav', '--phonout', 'phonemes.txt', '-x', text],
      print: () => {},
      printErr: () => {},
    });
    const wav = Buffer.from(espeak.FS.readFile('spoken.wav')).toString('base64');
    return { wav, phonemes: espeak.FS.readFile('phonemes.txt', { encoding: 'utf8' }) };
  } catch (cause) {
    return { fault: 'failed', detail: String(cause) };
  }
}

process.once('message', async (request) => {
  const answer = await speak(request);
  process.send(answer, () => process.disconnect());
});
