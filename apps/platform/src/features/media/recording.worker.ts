import { parentPort, workerData } from 'node:worker_threads';
import { prepareRecording } from './prepare-recording';

/** Runs in a worker thread of its own: takes the file's bytes, answers once, ends. */
if (!(workerData instanceof Uint8Array)) throw new TypeError('the workshop hands over bytes');
parentPort?.postMessage(prepareRecording(workerData));
