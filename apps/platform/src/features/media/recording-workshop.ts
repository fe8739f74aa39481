import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AUDIO_REFUSAL_CODES, type AudioRefusal } from '#libs/audio';
import { digestSchema, LIMITS, uploadChecksSchema } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { operationalError } from '../../kernel/errors';
import { prepareRecording, type PreparedUpload } from './prepare-recording';

/** Where the seconds of CPU work on a recording are done, so that requests and dispatches never wait for it. */
export interface RecordingWorkshop {
  /** Takes the bytes over. Throws AUDIO_WORKSHOP_FAILED when the work itself broke down. */
  prepare(file: Uint8Array): Promise<PreparedUpload | AudioRefusal>;
}
export const RECORDING_WORKSHOP = Symbol('RECORDING_WORKSHOP');

/** What one recording may cost before its process is killed. */
export interface WorkshopLimits {
  readonly timeoutMs: number;
  /** JavaScript objects alone: samples lie outside this heap. */
  readonly heapMiB: number;
  /** All of the process, samples included; read from the system every 50 ms where it tells (Linux). Ten minutes take 600. */
  readonly memoryMiB: number;
  /** Ten minutes at the rate that we encode at, and as much again. */
  readonly answerBytes: number;
}
const LIMITS_OF_WORK: WorkshopLimits = { timeoutMs: 60_000, heapMiB: 512, memoryMiB: 1_024, answerBytes: 8 * 1024 * 1024 };

const WATCH_MS = 50;

const CHILD_FILE = path.join(__dirname, 'recording.child.js');

/** False when run from sources, as tests do: then there is no compiled child beside this file. */
export const hasChild = (): boolean => existsSync(CHILD_FILE);

/** The same work in this very process, for tests. */
export class InlineWorkshop implements RecordingWorkshop {
  constructor(private readonly ffmpeg?: string) {}

  prepare(file: Uint8Array): Promise<PreparedUpload | AudioRefusal> {
    return prepareRecording(file, this.ffmpeg);
  }
}

/**
 * One process per recording and one recording at a time: a hostile file takes its process down, nothing else, and what
 * the work needed of memory goes back to the system. It is killed when it takes too long or too much memory.
 */
export class ChildWorkshop implements RecordingWorkshop {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly limits: WorkshopLimits = LIMITS_OF_WORK, private readonly childFile = CHILD_FILE, private readonly ffmpeg?: string) {}

  prepare(file: Uint8Array): Promise<PreparedUpload | AudioRefusal> {
    const turn = this.last.then(() => inChild(file, this.childFile, this.limits, this.ffmpeg));
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

function inChild(file: Uint8Array, childFile: string, { timeoutMs, heapMiB, memoryMiB, answerBytes }: WorkshopLimits, ffmpeg: string | undefined): Promise<PreparedUpload | AudioRefusal> {
  return new Promise((resolve, reject) => {
    const child = fork(childFile, ffmpeg === undefined ? [] : [ffmpeg], { env: {}, execArgv: [`--max-old-space-size=${heapMiB}`], serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const failed = (cause: unknown): void => {
      ended();
      child.kill('SIGKILL');
      reject(operationalError('AUDIO_WORKSHOP_FAILED', 'The recording could not be prepared. Try again, or send it as WAV.', { cause }));
    };
    const timer = setTimeout(() => failed(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    const watch = setInterval(() => void memoryOf(child.pid).then((mebibytes) => {
      if (mebibytes > memoryMiB) failed(new Error(`it took ${mebibytes} MiB`));
    }), WATCH_MS);
    const ended = (): void => {
      clearTimeout(timer);
      clearInterval(watch);
    };
    child.once('message', (message: unknown) => {
      const answer = answerOf(message, answerBytes);
      if (answer === undefined) return failed(new Error('the child answered nonsense'));
      ended();
      // It has said everything it was asked; one that stays longer was taken over.
      child.kill('SIGKILL');
      resolve(answer);
    });
    child.once('error', failed);
    child.once('exit', (code, signal) => failed(new Error(`the child ended with ${code ?? signal ?? 'nothing'}`)));
    child.send(file, (cause) => {
      if (cause !== null) failed(cause);
    });
  });
}

/** What a process holds of memory now, MiB; 0 where the system does not tell or the process is gone. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const status = pid === undefined ? '' : await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.trunc(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
}

const refusalShape = z.strictObject({ ok: z.literal(false), code: z.enum(AUDIO_REFUSAL_CODES), sentence: z.string().max(500) });
const preparedShape = z.strictObject({
  ok: z.literal(true), bytes: z.instanceof(Uint8Array), sha256: digestSchema, durationMs: z.int().min(1).max(LIMITS.audioDurationMs),
  integratedCentiLufs: z.int(), truePeakCentiDbtp: z.int(), checks: uploadChecksSchema,
});

/** The child worked on a stranger's bytes: what it answers is read like anything from outside, and hashed again. */
function answerOf(message: unknown, answerBytes: number): PreparedUpload | AudioRefusal | undefined {
  const refusal = refusalShape.safeParse(message);
  if (refusal.success) return refusal.data;
  const prepared = preparedShape.safeParse(message);
  if (!prepared.success || prepared.data.bytes.length > answerBytes || sha256Hex(prepared.data.bytes) !== prepared.data.sha256) return undefined;
  return prepared.data;
}
