import { operationalError } from '../../kernel/errors';

/** Syntheses that may wait; a person who finds it full tries again. */
const MOST_WAITING = 16;

/** One piece of work at a time, and one for each key: who asks for what is being made waits for it. Refuses with SPEECH_BUSY. */
export class SpeechQueue<T> {
  private readonly underway = new Map<string, Promise<T>>();
  private last: Promise<unknown> = Promise.resolve();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const same = this.underway.get(key);
    if (same !== undefined) return same;
    if (this.underway.size > MOST_WAITING) return Promise.reject(operationalError('SPEECH_BUSY', 'Too many texts wait to be spoken. Try again in a moment.'));
    const turn = this.last.then(work).finally(() => this.underway.delete(key));
    this.underway.set(key, turn);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
