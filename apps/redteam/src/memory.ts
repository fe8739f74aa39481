import { fork } from 'node:child_process';
import path from 'node:path';
import type { Told } from './memory-child';
import type { Choice, Outcome } from './part';

const CHILD = path.join(__dirname, 'memory-child.js');
/** MiB. Its largest families hold some hundred. */
const HEAP_MIB = 1_024;

/** The families that need no running district, and the matrix of thefts, in a process of their own. Ended when `until` settles. */
export function inMemory(choice: Choice, say: (line: string) => void, until: Promise<void>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [], { execArgv: [`--max-old-space-size=${HEAP_MIB}`] });
    void until.then(() => {
      reject(new Error('asked to stop'));
      child.kill('SIGKILL');
    });
    child.on('message', (told: Told) => {
      if ('line' in told) say(told.line);
      else if ('outcome' in told) resolve(told.outcome);
      else reject(new Error(told.failed));
    });
    child.on('error', reject);
    child.on('close', (code, signal) => { reject(new Error(`the part in memory ended with ${signal ?? code ?? 'nothing'}`)); });
    child.send(choice);
  });
}
