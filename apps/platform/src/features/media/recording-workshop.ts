import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
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

const WORKER_FILE = path.join(__dirname, 'recording.worker.js');

/** False when run from sources, as tests do: then there is no compiled worker beside this file. */
export const hasWorker = (): boolean => existsSync(WORKER_FILE);

/** The same work in this very process, for tests. */
export class InlineWorkshop implements RecordingWorkshop {
  prepare(file: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    return Promise.resolve(prepareRecording(file));
  }
}

/** One worker thread per recording and one recording at a time: a hostile file takes its worker down, nothing else. */
export class WorkerWorkshop implements RecordingWorkshop {
  private last: Promise<unknown> = Promise.resolve();

  prepare(file: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    const turn = this.last.then(() => inWorker(file));
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

function inWorker(file: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER_FILE, {
      workerData: file,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
      env: {},
    });
    const failed = (cause: unknown): void => {
      clearTimeout(timer);
      void worker.terminate();
      reject(operationalError('AUDIO_WORKSHOP_FAILED', 'The recording could not be prepared. Try again, or send it as WAV.', { cause }));
    };
    const timer = setTimeout(() => failed(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    worker.once('message', (answer: PreparedRecording | AudioRefusal) => {
      clearTimeout(timer);
      resolve(answer);
    });
    worker.once('error', failed);
    worker.once('exit', (code) => {
      if (code !== 0) failed(new Error(`the worker ended with ${code}`));
    });
  });
}
