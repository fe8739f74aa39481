import type { ReadStream } from 'node:tty';
import { CliError, EXIT } from './cli-error';

/** Where answers come from: a keyboard (`isTTY`, `setRawMode`) or a pipe. */
export type AnswerInput = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
export interface QuestionOutput { write(text: string): unknown }

interface Answer {
  readonly text: string;
  /** By Enter, not by the end of what could be read. */
  readonly isEntered: boolean;
}

const INTERRUPT = '\u0003';
const ENDS_LINE = /[\r\n]/;
/** Enter or Ctrl-D. */
const ENDS_TYPING = /[\r\n\u0004]/;
const ERASERS = ['\u0008', '\u007f'];

/**
 * Asks on the terminal, one line an answer. A hidden answer switches the keyboard's echo off and is never written
 * anywhere. From a pipe each answer is the next line, so that several questions can be answered by one file.
 */
export class Questions {
  private waiting = '';
  private ended = false;
  private listening = false;
  private look: () => void = () => undefined;

  constructor(private readonly input: AnswerInput, private readonly output: QuestionOutput) {}

  async ask(question: string, hidden: boolean): Promise<string> {
    return (await this.answer(question, hidden)).text;
  }

  /** Whether somebody pressed Enter; false where nobody is there to: a pipe that has ended. */
  async press(question: string): Promise<boolean> {
    return (await this.answer(question, false)).isEntered;
  }

  /** Nobody waits for an answer any more. */
  leave(): void {
    this.look = () => undefined;
    this.input.pause();
  }

  private async answer(question: string, hidden: boolean): Promise<Answer> {
    this.output.write(question);
    const raw = hidden && this.input.isTTY === true;
    if (raw) this.input.setRawMode?.(true);
    this.listen();
    this.input.resume();
    try {
      return await this.line(raw);
    } finally {
      this.input.pause();
      if (raw) {
        this.input.setRawMode?.(false);
        this.output.write('\n');
      }
    }
  }

  private line(raw: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.look = () => {
        if (raw && this.waiting.includes(INTERRUPT)) reject(new CliError('CANCELLED', 'Nothing was sent', EXIT.usage));
        else if (this.ended || (raw ? ENDS_TYPING : ENDS_LINE).test(this.waiting)) {
          const isEntered = ENDS_LINE.test(this.waiting);
          resolve({ text: this.takeLine(raw), isEntered });
        } else return;
        this.look = () => undefined;
      };
      this.look();
    });
  }

  /** Once, for all questions: what comes between two of them is kept for the next. */
  private listen(): void {
    if (this.listening) return;
    this.listening = true;
    this.input.setEncoding('utf8');
    this.input.on('data', (chunk: Buffer | string) => {
      this.waiting += chunk.toString();
      this.look();
    });
    const end = (): void => {
      this.ended = true;
      this.look();
    };
    this.input.on('end', end).on('error', end);
  }

  private takeLine(raw: boolean): string {
    const [line = ''] = (raw ? /^[^\r\n\u0004]*/ : /^[^\r\n]*/).exec(this.waiting) ?? [];
    this.waiting = this.waiting.slice(line.length).replace(/^(?:\r\n|\r|\n|\u0004)/, '');
    return (raw ? typed(line) : line).trim();
  }
}

/** What is left of the keys that were pressed once the erased ones are gone. */
function typed(keys: string): string {
  const kept: string[] = [];
  for (const key of keys) {
    if (ERASERS.includes(key)) kept.pop();
    else kept.push(key);
  }
  return kept.join('');
}
