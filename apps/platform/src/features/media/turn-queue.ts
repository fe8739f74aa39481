import type { ClarionError } from '../../kernel/errors';

/** Pieces of work that may wait; a person who finds it full tries again. */
const MOST_WAITING = 16;

/** One piece of work at a time, and one for each key: who asks for what is being made waits for it. Refuses with what `busy` gives. */
export class TurnQueue<T> {
  private readonly underway = new Map<string, Promise<T>>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly busy: () => ClarionError) {}

  run(key: string, work: () => Promise<T>): Promise<T> {
    const same = this.underway.get(key);
    if (same !== undefined) return same;
    if (this.underway.size > MOST_WAITING) return Promise.reject(this.busy());
    const turn = this.last.then(work).finally(() => this.underway.delete(key));
    this.underway.set(key, turn);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
