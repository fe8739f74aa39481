import { spawn } from 'node:child_process';
import { fromBase64 } from '#libs/envelope';
import { SuiteError } from './suite-error';

/** A signature in base64, with room for line feeds. */
const MAX_ANSWER_CHARS = 4_096;

export interface SigningCommand {
  readonly run: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Runs a program that signs, a token's tool: bytes on its standard input, base64 of the signature on its standard output;
 * its standard error is the caller's, so that it can ask for a PIN. Throws `signer-unreachable`, `signer-timeout`,
 * `signer-refused` (it ended badly) and `signer-answer`.
 */
export async function askCommand({ run, timeoutMs }: SigningCommand, bytes: Uint8Array): Promise<Uint8Array> {
  const sig = fromBase64((await answerOf(run, timeoutMs, bytes)).trim());
  if (sig === undefined) throw new SuiteError('signer-answer', 'the signing command answered with something that is not base64');
  return sig;
}

function answerOf([program = '', ...args]: readonly string[], timeoutMs: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], shell: false });
    let answer = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      answer += part;
      if (answer.length > MAX_ANSWER_CHARS) child.kill('SIGKILL');
    });
    // It may sign without reading to the end; whether it signed the right bytes is checked.
    child.stdin.on('error', () => undefined);
    child.stdin.end(bytes);
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new SuiteError('signer-unreachable', `the signing command ${program} cannot be run`, cause));
    });
    child.on('close', (exit) => {
      clearTimeout(timer);
      if (late) reject(new SuiteError('signer-timeout', `the signing command did not answer within ${timeoutMs} ms`));
      else if (answer.length > MAX_ANSWER_CHARS) reject(new SuiteError('signer-answer', 'the signing command answered too much'));
      else if (exit !== 0) reject(new SuiteError('signer-refused', `the signing command ended with ${exit ?? 'a signal'}`));
      else resolve(answer);
    });
  });
}
