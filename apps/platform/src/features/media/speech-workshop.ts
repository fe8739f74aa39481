import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { AudioRefusal } from '#libs/audio';
import { operationalError, type ClarionError } from '../../kernel/errors';
import { prepareSpeech, type PreparedRecording } from './prepare-recording';

/** Where what a voice made is levelled and encoded. */
export interface SpeechWorkshop {
  /** Throws SPEECH_FAILED when the work itself broke down. */
  prepare(wav: Uint8Array): Promise<PreparedRecording | AudioRefusal>;
}
export const SPEECH_WORKSHOP = Symbol('SPEECH_WORKSHOP');

const TIMEOUT_MS = 60_000;
const HEAP_MIB = 512;
/** Then a fresh process takes over, and what memory was lost is found again. */
const MOST_RECORDINGS = 200;
const CHILD_FILE = path.join(__dirname, 'speech.child.js');

/** False when run from sources, as tests do. */
export const hasSpeechChild = (): boolean => existsSync(CHILD_FILE);

/** The same work in this very process, for tests. */
export class InlineSpeechWorkshop implements SpeechWorkshop {
  prepare(wav: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    return Promise.resolve(prepareSpeech(wav));
  }
}

/**
 * One process that is kept, because an author waits and its first second would be spent on starting it. Unlike an upload,
 * its input comes from the voice that the settings name. One at a time; a process that fails is replaced.
 */
export class KeptSpeechWorkshop implements SpeechWorkshop {
  private child: ChildProcess | undefined;
  private made = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.child = started();
  }

  prepare(wav: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    const turn = this.last.then(() => this.inChild(wav));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private inChild(wav: Uint8Array): Promise<PreparedRecording | AudioRefusal> {
    const child = this.alive();
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        for (const event of ['message', 'exit', 'error']) child.removeAllListeners(event);
        idle(child);
      };
      const fail = (cause: unknown): void => {
        finish();
        this.child = undefined;
        child.kill('SIGKILL');
        reject(failed(cause));
      };
      const timer = setTimeout(() => fail(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
      // The child is our own code: each message is the answer of prepareSpeech.
      child.once('message', (answer: PreparedRecording | AudioRefusal) => {
        finish();
        this.made += 1;
        resolve(answer);
      });
      child.once('exit', (code, signal) => fail(new Error(`the child ended with ${code ?? signal ?? 'nothing'}`)));
      child.once('error', fail);
      child.ref();
      child.channel?.ref();
      child.send(wav, (cause) => {
        if (cause !== null) fail(cause);
      });
    });
  }

  private alive(): ChildProcess {
    if (this.child?.connected === true && this.made < MOST_RECORDINGS) return this.child;
    this.child?.kill('SIGKILL');
    this.made = 0;
    this.child = started();
    return this.child;
  }
}

function started(): ChildProcess {
  const child = fork(CHILD_FILE, [], { env: {}, execArgv: [`--max-old-space-size=${HEAP_MIB}`], serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  idle(child);
  return child;
}

/** While it waits it keeps nobody alive, and its end is noticed when it is asked next. */
function idle(child: ChildProcess): void {
  child.on('error', () => undefined);
  child.unref();
  child.channel?.unref();
}

function failed(cause: unknown): ClarionError {
  return operationalError('SPEECH_FAILED', 'The speech could not be prepared for the horns. Try again.', { cause });
}
