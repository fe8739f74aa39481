import { spawn, type ChildProcess } from 'node:child_process';
import type { Capture } from './captures';
import { framesOf } from './frames';

/** Of what a child complains, so much is repeated. */
const TOLD_CHARS = 200;

/** The program ended by itself with a complaint. */
export class CaptureFailedError extends Error {
  override readonly name = 'CaptureFailedError';
}

export interface RunningCapture {
  /** 20 ms after 20 ms, as they come. Throws CaptureFailedError where the program fails. */
  readonly frames: AsyncIterable<Int16Array>;
  /** Nothing more is wanted: it is killed, and what it says of that is no failure. */
  close(): void;
}

/** Runs it, without a shell; it begins when the first frame is wanted. */
export function runCapture({ file, args, environment }: Capture): RunningCapture {
  let child: ChildProcess | undefined;
  let isClosed = false;
  const frames = async function* (): AsyncGenerator<Int16Array> {
    if (isClosed) return;
    let told = '';
    const begun = spawn(file, args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    child = begun;
    begun.stderr.on('data', (piece: Buffer) => { told = `${told}${piece.toString('utf8')}`.slice(0, TOLD_CHARS); });
    const over = new Promise<number | null>((resolve) => { begun.once('error', (cause) => { told = cause.message; resolve(null); }).once('close', resolve); });
    yield* framesOf(begun.stdout);
    const code = await over;
    if (!isClosed && code !== 0) throw new CaptureFailedError(told.replace(/[^\x20-\x7e]/g, ' ').trim() || `exit ${code ?? 'unknown'}`);
  };
  return {
    frames: frames(),
    close: () => {
      isClosed = true;
      child?.kill('SIGKILL');
    },
  };
}
