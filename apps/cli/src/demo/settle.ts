import { z } from 'zod';
import { terminalViewSchema } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import { admitEnrolled } from '../commands/fleet';
import type { Context } from '../command';
import { CliError } from '../cli-error';
import { demoSignIn } from './init';
import { DemoKeyFolder } from './key-folder';

const WAIT_MS = 60_000;

/**
 * After the first start: waits until every simulated terminal has enrolled with its claim code, then signs where they
 * stand as each township's first officer would. Does nothing when all are assigned.
 */
export async function settle(context: Context): Promise<number> {
  const { passphrase } = demoSignIn(context.config);
  const folder = await DemoKeyFolder.open(context.config.demoKeysDir, context.clock);
  const officers = new Map<string, Signer>();
  await context.api.signIn('district-yjj-officer', passphrase);
  const until = context.clock.now() + WAIT_MS;
  let admitted = 0;
  for (;;) {
    const terminals = await context.api.get('/api/terminals', z.array(terminalViewSchema));
    const states = terminals.map((terminal) => terminal.state);
    if (states.includes('enrolled')) {
      for (const township of new Set(terminals.map((terminal) => townshipOf(terminal.platform)))) {
        if (!officers.has(township)) officers.set(township, await folder.signer(`officers/${township}/${township}-officer-1`));
      }
      admitted += await admitEnrolled(context, (platform) => officers.get(townshipOf(platform)));
    } else if (!states.includes('expected')) {
      return admitted;
    }
    if (context.clock.now() > until) throw new CliError('SETTLE_TIMEOUT', `After ${WAIT_MS / 1000} s ${states.filter((state) => state === 'expected').length} terminals have not enrolled`);
    await context.clock.sleep(500);
  }
}

/** The demo names a village platform after its township: `lehua-07`. */
function townshipOf(platform: string): string {
  return platform.replace(/-[0-9]+$/, '');
}
