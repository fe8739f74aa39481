import { isIP } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { readConfig as readPlatformConfig, type Config } from '../../platform/src/kernel/config';
import { operationalError } from '../../platform/src/kernel/errors';

/** Settings of the supervisor; this file is its only reader of process.env. */
export interface SupervisorConfig {
  readonly platform: Config;
  /** Where the demo people's keys lie: never told to a server process. */
  readonly demoKeysDir: string;
  readonly portOffset: number;
  /** With --lan: only these addresses of the machine; null for all of its own. */
  readonly lanAddresses: readonly string[] | null;
  /** What the children start from: the caller's environment without what is not theirs. */
  readonly childEnvironment: Readonly<Record<string, string>>;
}

/** Owner's address and people's keys stay here; Node's own switches (inspector, loaders) are not handed on. */
const NOT_FOR_CHILDREN = new Set(['CLARION_DATABASE_OWNER_URL', 'CLARION_DATABASE_URL', 'CLARION_DEMO_KEYS', 'NODE_OPTIONS']);

export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): SupervisorConfig {
  const platform = readPlatformConfig(environment);
  const childEnvironment = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && !NOT_FOR_CHILDREN.has(entry[0]) && !entry[0].startsWith('npm_'));
  return {
    platform,
    demoKeysDir: path.resolve(environment['CLARION_DEMO_KEYS'] ?? path.join(os.homedir(), '.clarion-demo')),
    portOffset: platform.ports.console - 8080,
    lanAddresses: addressesIn(environment['CLARION_LAN_ADDRESSES'] ?? ''),
    childEnvironment: Object.fromEntries(childEnvironment),
  };
}

function addressesIn(text: string): readonly string[] | null {
  const given = text.split(/[\s,]+/).filter((address) => address !== '');
  const wrong = given.filter((address) => isIP(address) === 0);
  if (wrong.length > 0) throw operationalError('CONFIG_INVALID', 'These settings are not valid: CLARION_LAN_ADDRESSES: not an address');
  return given.length === 0 ? null : given;
}
