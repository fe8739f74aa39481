import type { ReadStream } from 'node:tty';
import { CliError, EXIT } from './cli-error';

/** Where answers come from: a keyboard (`isTTY`, `setRawMode`) or a pipe. */
export type AnswerInput = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
export interface QuestionOutput { write(text: string): unknown }

const INTERRUPT = '\u0003';
const END = '\u0004';
const ERASERS = ['\u0008', '\u007f'];

/**
 * Asks on the terminal, one line an answer. A hidden answer switches the keyboard's echo off and is never written
 * anywhere. From a pipe each answer is the next line, so that several questions can be answered by one file.
 */
export class Questions {
  private waiting = '';
  private ended = false;

  constructor(private readonly input: AnswerInput, private readonly output: QuestionOutput) {}

  ask(question: string, hidden: boolean): Promise<string> {
    this.output.write(question);
    const raw = hidden && this.input.isTTY === true;
    if (raw) this.input.setRawMode?.(true);
    return this.line(raw).finally(() => {
      if (!raw) return;
      this.input.setRawMode?.(false);
      this.output.write('\n');
    });
  }

  private line(raw: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.input.off('data', take).off('end', end).off('error', fail);
        this.input.pause();
        settle();
      };
      const look = (): void => {
        if (raw && this.waiting.includes(INTERRUPT)) done(() => { reject(new CliError('CANCELLED', 'Nothing was sent', EXIT.usage)); });
        else if (/[\r\n]/.test(this.waiting) || this.ended) done(() => { resolve(this.takeLine(raw)); });
      };
      const take = (chunk: Buffer | string): void => {
        this.waiting += chunk.toString();
        if (raw && this.waiting.includes(END)) this.ended = true;
        look();
      };
      const end = (): void => {
        this.ended = true;
        look();
      };
      const fail = (error: Error): void => { done(() => { reject(error); }); };
      this.input.setEncoding('utf8');
      this.input.on('data', take).on('end', end).on('error', fail);
      this.input.resume();
      look();
    });
  }

  private takeLine(raw: boolean): string {
    const [line = ''] = /^[^\r\n]*/.exec(this.waiting) ?? [];
    this.waiting = this.waiting.slice(line.length).replace(/^(?:\r\n|\r|\n)/, '');
    return (raw ? typed(line) : line).trim();
  }
}

/** What is left of the keys that were pressed once the erased ones are gone. */
function typed(keys: string): string {
  const kept: string[] = [];
  for (const key of keys) {
    if (ERASERS.includes(key)) kept.pop();
    else if (key !== END) kept.push(key);
  }
  return kept.join('');
}
