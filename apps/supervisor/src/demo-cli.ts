import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { operationalError } from '../../platform/src/kernel/errors';

const SignIn = z.object({ passphrase: z.string(), accounts: z.array(z.object({ account: z.string(), title: z.string() })) });

/** How a person gets into the demo. */
export type DemoSignIn = z.infer<typeof SignIn>;

/** The command line, as a process of its own: only it reads and writes the people's keys. */
export class DemoCli {
  private readonly script: string;
  private readonly running = new Set<ChildProcess>();

  constructor(dist: string, private readonly environment: Readonly<Record<string, string>>) {
    this.script = path.join(dist, 'apps/cli/src/main.js');
  }

  get exists(): boolean {
    return existsSync(this.script);
  }

  /** Makes keys, documents and accounts of the demo district when they are not there; the sign-in in any case. */
  async init(small: boolean): Promise<DemoSignIn> {
    const output = await this.run(['demo', 'init', '--json', ...(small ? ['--small'] : [])], 'DEMO_INIT_FAILED');
    return SignIn.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
  }

  /** Signs where the simulated terminals stand, as their officers would; nothing to do from the second start on. */
  async settle(): Promise<void> {
    await this.run(['demo', 'settle', '--json'], 'DEMO_SETTLE_FAILED');
  }

  /** Ends what runs now; whoever waits for it is refused. */
  end(): void {
    for (const child of this.running) child.kill('SIGTERM');
  }

  private run(args: readonly string[], code: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [this.script, ...args], { cwd: '/', env: { ...this.environment }, stdio: ['ignore', 'pipe', 'pipe'] });
      this.running.add(child);
      let output = '';
      let problem = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
      child.stderr.on('data', (chunk: Buffer) => (problem += chunk.toString('utf8')));
      child.on('error', reject);
      child.on('close', (exit) => {
        this.running.delete(child);
        if (exit === 0) resolve(output);
        else reject(operationalError(code, `${args.slice(0, 2).join(' ')} ended with ${exit}: ${(problem + output).trim().slice(-600)}`));
      });
    });
  }
}
