import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

const LIMIT_BYTES = 16 * 1024 * 1024;
const KEPT_LINES = 30;
const LINE_CHARS = 32_768;

/** Lines of one child: appended to a file that is put aside once when it grows over 16 MiB; the last ones are kept at hand. */
export class LogFile {
  private readonly recent: string[] = [];
  private size: number;

  constructor(private readonly file: string) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    this.size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(line: string): void {
    const text = `${line.slice(0, LINE_CHARS)}\n`;
    this.recent.push(line.slice(0, 500));
    if (this.recent.length > KEPT_LINES) this.recent.shift();
    try {
      if (this.size > LIMIT_BYTES) {
        renameSync(this.file, `${this.file}.1`);
        this.size = 0;
      }
      appendFileSync(this.file, text, { mode: 0o600 });
      this.size += Buffer.byteLength(text);
    } catch {
      // A full disk must not end the system; the lines at hand stay.
    }
  }

  /** The last lines, newest last. */
  tail(count: number): readonly string[] {
    return this.recent.slice(-count);
  }
}

/** Cuts a stream's chunks into lines. */
export function lineSplitter(take: (line: string) => void): (chunk: Buffer) => void {
  let rest = '';
  const decoder = new TextDecoder();
  return (chunk) => {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (parts.pop() ?? '').slice(0, LINE_CHARS);
    for (const line of parts) take(line);
  };
}
