import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AudioRefusal } from '#libs/audio';
import { operationalError } from '../../kernel/errors';
import { prepareRecording, type PreparedRecording } from './prepare-recording';

/** Where the seconds of CPU work on a recording are done, so that requests and dispatches never wait for it. */
export interface RecordingWorkshop {
  /** Takes the bytes over. Throws AUDIO_WORKSHOP_FAILED when the work itself broke down. */
  prepare(file: Uint8Array): Promise<PreparedRecording | AudioRefusal>;
}
export const RECORDING_WORKSHOP = Symbol('RECORDING_WORKSHOP');

const TIMEOUT_MS = 60_000;
/** Ten minutes of 48 kHz float samples in their stages; what needs more is not a recording. */
const HEAP_MIB = 512;

const CHILD_FILE = path.join(__dirname, 'recording.child.js');

/** False when run from sources, as tests do: then there is no compiled child beside this file. */
export const hasChild = (): boolean => existsSync(CHILD_FILE);

/** The same work in this very process, for tests. */
export class InlineWorkshop implements RecordingWorkshop {
  prepare(file: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    return Promise.resolve(prepareRecording(file));
  }
}

/**
 * One process per recording and one recording at a time: a hostile file takes its process down, nothing else, and what
 * the work needed of memory goes back to the system.
 */
export class ChildWorkshop implements RecordingWorkshop {
  private last: Promise<unknown> = Promise.resolve();

  prepare(file: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    const turn = this.last.then(() => inChild(file));
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

function inChild(file: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD_FILE, [], { env: {}, execArgv: [`--max-old-space-size=${HEAP_MIB}`], serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const failed = (cause: unknown): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(operationalError('AUDIO_WORKSHOP_FAILED', 'The recording could not be prepared. Try again, or send it as WAV.', { cause }));
    };
    const timer = setTimeout(() => failed(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    // The child is our own code: its one message is the answer of prepareRecording.
    child.once('message', (answer: PreparedRecording | AudioRefusal) => {
      clearTimeout(timer);
      resolve(answer);
    });
    child.once('error', failed);
    child.once('exit', (code, signal) => failed(new Error(`the child ended with ${code ?? signal ?? 'nothing'}`)));
    child.send(file, (cause) => {
      if (cause !== null) failed(cause);
    });
  });
}
