import { prepareRecording } from './prepare-recording';

/** Runs as a process of its own, with the path of ffmpeg as its argument where there is one: takes one file's bytes, answers once, ends; ends with its parent too. */
process.on('disconnect', () => process.exit());
process.once('message', (file) => {
  if (!(file instanceof Uint8Array)) throw new TypeError('the workshop hands over bytes');
  void prepareRecording(file, process.argv[2]).then((answer) => process.send?.(answer, () => { process.disconnect(); }));
});
