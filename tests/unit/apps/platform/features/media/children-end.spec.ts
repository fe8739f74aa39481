import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The compiled children; `npm test` builds before it runs any suite. */
const compiled = path.resolve(__dirname, '../../../../../../dist/apps/platform/src/features/media');
const whenBuilt = existsSync(compiled) ? describe : describe.skip;

whenBuilt('a child process of the media feature', () => {
  it.each(['recording.child.js', 'speech.child.js'])('%s ends when its parent is gone', async (file) => {
    const child = fork(path.join(compiled, file), [], { env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
