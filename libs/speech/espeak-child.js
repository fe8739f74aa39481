// A process of its own around espeak-ng's WebAssembly build: GPL-3 code stays outside the server's process, and its
// memory goes with it. Plain JavaScript so that the same file runs from the sources and from dist.
// Loads the engine at once, so that it can be started ahead; then takes one message {voice, wordsPerMinute, text},
// answers one {wav, phonemes} (base64, text) or {fault}, and ends.
'use strict';

async function load() {
  let createEspeak;
  try {
    ({ default: createEspeak } = await import('espeak-ng'));
  } catch (cause) {
    return { fault: 'missing', detail: String(cause) };
  }
  const args = [];
  let espeak;
  // The engine runs once, when it is ready; a dependency of ours holds it back until the text is known.
  const loaded = new Promise((resolve, reject) => {
    espeak = createEspeak({ arguments: args, print: () => {}, printErr: () => {}, preRun: [(module) => { module.addRunDependency('text'); resolve(module); }] });
    espeak.catch(reject);
  });
  try {
    const module = await loaded;
    return { speak: (request) => speak(request, args, module, espeak) };
  } catch (cause) {
    return { fault: 'failed', detail: String(cause) };
  }
}

async function speak({ voice, wordsPerMinute, text }, args, module, espeak) {
  try {
    args.push('-v', voice, '-s', String(wordsPerMinute), '-w', 'spoken.wav', '--phonout', 'phonemes.txt', '-x', text);
    module.removeRunDependency('text');
    const { FS } = await espeak;
    const wav = Buffer.from(FS.readFile('spoken.wav')).toString('base64');
    return { wav, phonemes: FS.readFile('phonemes.txt', { encoding: 'utf8' }) };
  } catch (cause) {
    return { fault: 'failed', detail: String(cause) };
  }
}

// Whoever asked is gone, or has its answer. The engine that waits for its text would hold the process for ever.
process.on('disconnect', () => process.exit());
const engine = load();
process.once('message', async (request) => {
  const loaded = await engine;
  const answer = loaded.speak === undefined ? loaded : await loaded.speak(request);
  process.send(answer, () => process.disconnect());
});
