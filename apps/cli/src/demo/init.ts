import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error';
import type { Clock } from '../clock';
import type { CliConfig } from '../config';
import { setUpDistrict, type SetUpAccount } from '../district/set-up';
import { readJson } from '../files';
import { DEMO_QUIET_HOURS, demoPlan } from './demo-plan';
import { DemoKeyFolder } from './key-folder';

export interface DemoSignIn { readonly passphrase: string; readonly accounts: readonly SetUpAccount[] }

const accountsSchema = z.array(z.object({
  account: z.string(), title: z.string(), keyFile: z.string().nullable(), platform: z.string(), officerKey: z.string().nullable(), signsFor: z.array(z.string()),
}));

/**
 * Sets the demo district up: the root's and the people's keys in CLARION_DEMO_KEYS, the server's own keys in
 * CLARION_KEYS, and what the server and the simulator start from in CLARION_DATA. Run again, or over a district that
 * was imported with `--demo-keys`, it changes nothing. Without `quietHours`, and where the setting says so, it can be played at any hour. Refuses (DEMO_KEYS_GONE) a data folder whose people's keys were deleted.
 */
export async function demoInit(config: CliConfig, clock: Clock, small: boolean, quietHours = config.demoQuietHours ? DEMO_QUIET_HOURS : []): Promise<DemoSignIn> {
  const keysExist = existsSync(join(config.demoKeysDir, 'passphrase'));
  if (existsSync(join(config.dataDir, 'bootstrap.json'))) {
    if (!keysExist) {
      throw new CliError('DEMO_KEYS_GONE', `The demo in ${config.dataDir} stands, but its people's keys in ${config.demoKeysDir} are gone. Remove ${config.dataDir} to begin anew.`, EXIT.usage);
    }
    return demoSignIn(config);
  }
  await setUpDistrict(config, clock, await DemoKeyFolder.open(config.demoKeysDir, clock, config.profile), demoPlan(small, quietHours));
  return demoSignIn(config);
}

/** The sign-in of an existing demo. */
export function demoSignIn(config: CliConfig): DemoSignIn {
  const accounts = readJson(join(config.demoKeysDir, 'accounts.json'));
  if (accounts === undefined) throw new CliError('DEMO_MISSING', `There is no demo in ${config.demoKeysDir}; run: ./clarion demo init`, EXIT.usage);
  const parsed = accountsSchema.safeParse(accounts);
  if (!parsed.success) throw new CliError('DEMO_MISSING', `${join(config.demoKeysDir, 'accounts.json')} is damaged or of an earlier version`, EXIT.usage);
  return { passphrase: readFileSync(join(config.demoKeysDir, 'passphrase'), 'utf8').trim(), accounts: parsed.data };
}
