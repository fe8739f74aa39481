import { join } from 'node:path';
import { z } from 'zod';
import { fleetSchema, soundViewSchema, terminalViewSchema } from '#libs/contracts';
import { STOCK } from '#libs/domain';
import type { Signer } from '#libs/suites';
import { admitEnrolled } from '../commands/admit';
import type { Context } from '../command';
import { CliError, EXIT } from '../cli-error';
import { readJson } from '../files';
import { demoSignIn } from './init';
import { DemoKeyFolder } from './key-folder';

const WAIT_MS = 60_000;

/**
 * After the first start: waits until every simulated terminal has enrolled with its claim code, then signs where they
 * stand as the first officer of each platform would, and until the sounds are made that a warning begins with. Does
 * nothing when all are assigned.
 * Nobody waits here for a terminal that is not simulated.
 */
export async function settle(context: Context): Promise<number> {
  const { passphrase, accounts } = demoSignIn(context.config);
  const folder = await DemoKeyFolder.open(context.config.demoKeysDir, context.clock);
  const officers = new Map<string, Signer>();
  const [top] = accounts.filter(({ officerKey }) => officerKey !== null);
  if (top === undefined) throw new CliError('DEMO_MISSING', 'The district has no officer', EXIT.usage);
  await context.api.signIn(top.account, passphrase);
  const fleet = fleetSchema.safeParse(readJson(join(context.config.dataDir, 'simulator', 'fleet.json')));
  const simulated = new Set<string>(fleet.success ? fleet.data.terminals.map(({ id }) => id) : []);
  const until = context.clock.now() + WAIT_MS;
  let admitted = 0;
  for (;;) {
    const terminals = (await context.api.get('/api/terminals', z.array(terminalViewSchema))).filter(({ id }) => simulated.has(id));
    const states = terminals.map((terminal) => terminal.state);
    if (states.includes('enrolled')) {
      for (const platform of new Set(terminals.map((terminal) => terminal.platform))) {
        const officer = accounts.find(({ officerKey, signsFor }) => officerKey !== null && signsFor.includes(platform));
        if (!officers.has(platform) && officer?.officerKey !== null && officer?.officerKey !== undefined) officers.set(platform, await folder.signer(officer.officerKey));
      }
      admitted += await admitEnrolled(context, (platform) => officers.get(platform));
    } else if (!states.includes('expected') && (await soundsAreMade(context) || context.clock.now() > until)) {
      // A voice that is missing stops nobody's start: composing says what is wrong.
      return admitted;
    }
    if (context.clock.now() > until) throw new CliError('SETTLE_TIMEOUT', `After ${WAIT_MS / 1000} s ${states.filter((state) => state === 'expected').length} terminals have not enrolled`);
    await context.clock.sleep(500);
  }
}

async function soundsAreMade({ api }: Context): Promise<boolean> {
  const made = new Set((await api.get('/api/sounds', z.array(soundViewSchema))).map(({ id }) => id));
  return Object.values(STOCK).every((id) => made.has(id));
}
