import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; the answer to a password is not shown. */
export async function askHidden(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const quiet = process.stdin.isTTY && /assword/.test(question);
  if (quiet) process.stdin.setRawMode(false);
  process.stderr.write(question);
  try {
    for await (const line of reader) return line.trim();
    return '';
  } finally {
    reader.close();
  }
}
