import { once } from 'node:events';
import { startEspeak } from '../../../../libs/speech/run-espeak';

describe('the process of the built-in voice', () => {
  it('that waits for its text ends when its parent is gone', async () => {
    const child = startEspeak();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
