import { spawn } from 'node:child_process';
import type { ServerAccount } from './account';

export interface ProgramResult {
  /** Exit code; -1 when it could not be started or a signal ended it. */
  readonly code: number;
  readonly output: string;
}

/** Nothing of the caller's environment (PGDATA, PGOPTIONS, LD_PRELOAD ...) may reach the server. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Runs one of PostgreSQL's programs as its account and waits for it.
 * `detached`: its output is not read, because a server it leaves behind would hold the pipe open.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  account: ServerAccount | null,
  options: { readonly detached?: boolean } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: '/',
      ...(process.platform === 'win32' ? {} : { env: ENVIRONMENT }),
      ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
      stdio: options.detached === true ? 'ignore' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (cause) => resolve({ code: -1, output: cause.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
