import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { refusalCodeSchema } from '#libs/contracts';
import type { LiveGrant } from '#libs/trust';
import { operationalError } from '../../kernel/errors';
import { makeSound, type RecordedSound } from './make-sound';

const CHILD_FILE = path.join(__dirname, 'sound.child.js');
const TIMEOUT_MS = 30_000;
const answerShape = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), bytes: z.instanceof(Uint8Array) }), z.strictObject({ ok: z.literal(false), code: refusalCodeSchema }),
]);

/**
 * Ten minutes of voice are six thousand signatures, most of a second: done in a process apart, one at a time, so that no voice
 * that runs has to wait for it. Run from sources, as tests do, there is no compiled child, and it is done here.
 */
@Injectable()
export class SoundWorkshop {
  private last: Promise<unknown> = Promise.resolve();

  make(grant: LiveGrant, record: Uint8Array): Promise<RecordedSound> {
    const turn = this.last.then(() => (existsSync(CHILD_FILE) ? inChild(grant, record) : makeSound(grant, record)));
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

function inChild(grant: LiveGrant, record: Uint8Array): Promise<RecordedSound> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD_FILE, [], { env: {}, serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const failed = (cause: unknown): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(operationalError('LIVE_WORKSHOP_FAILED', 'The recording could not be made. Try again.', { cause }));
    };
    const timer = setTimeout(() => failed(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    child.once('message', (message: unknown) => {
      const answer = answerShape.safeParse(message);
      if (!answer.success) return failed(answer.error);
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(answer.data);
    });
    child.once('error', failed);
    child.once('exit', (code, signal) => failed(new Error(`the child ended with ${code ?? signal ?? 'nothing'}`)));
    child.send({ grant, record: Uint8Array.from(record) }, (cause) => {
      if (cause !== null) failed(cause);
    });
  });
}
