import { prepareRecording } from './prepare-recording';

/** Runs as a process of its own: takes one file's bytes, answers once, ends; ends with its parent too. */
process.on('disconnect', () => process.exit());
process.once('message', (file) => {
  if (!(file instanceof Uint8Array)) throw new TypeError('the workshop hands over bytes');
  process.send?.(prepareRecording(file), () => { process.disconnect(); });
});
