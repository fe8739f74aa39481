import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, systemClock, type CliConfig, type Context } from '../../cli/src';
import { openSigner } from '../../cli/src';
import type { Signer } from '#libs/suites';

/** One demo person at work: signed in, with the key file opened. */
export interface Actor {
  readonly context: Context;
  readonly signer: Signer;
  readonly person: string;
}

export async function actor(config: CliConfig, platform: string, person: string): Promise<Actor> {
  const passphraseFile = join(config.demoKeysDir, 'passphrase');
  const api = new ApiClient(config, systemClock);
  await api.signIn(person, readFileSync(passphraseFile, 'utf8').trim());
  const context: Context = { config, clock: systemClock, api, json: true, say: () => undefined, give: () => undefined };
  return { context, person, signer: await openSigner(config, join(config.demoKeysDir, 'people', platform, `${person}.key.json`), passphraseFile) };
}
