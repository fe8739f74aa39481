import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { settingOf } from '../live/child';

const CHUNK_SAMPLES = 960;
const SAMPLE_BYTES = 4;

/** Gives a named pipe samples that count up, as many as it takes, until it is killed: a write to a pipe that nobody reads any more never ends. */
function count(feed: WriteStream): void {
  let next = 1;
  const more = (): void => {
    for (;;) {
      const bytes = Buffer.alloc(CHUNK_SAMPLES * SAMPLE_BYTES);
      for (let at = 0; at < CHUNK_SAMPLES; at += 1) bytes.writeUInt32LE(next + at, at * SAMPLE_BYTES);
      next += CHUNK_SAMPLES;
      if (feed.write(bytes)) continue;
      feed.once('drain', more);
      return;
    }
  };
  more();
}

if (require.main === module) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  count(createWriteStream('', { fd: openSync(settingOf<string>(), 'r+') }));
}
