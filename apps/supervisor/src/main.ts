import path from 'node:path';
import { parseArgs } from 'node:util';
import { ClarionError, errorCode } from '../../platform/src/kernel/errors';
import { readConfig, type SupervisorConfig } from './config';
import { lanAddresses, lanNames } from './lan/addresses';
import { lanWelcome } from './lan/welcome';
import { startSystem, type RunningSystem } from './system';

const DIST = path.resolve(__dirname, '../../..');

/**
 * `npm start`: the whole demo on this machine, until Ctrl-C. Returns the exit code.
 * --small one township with 12 terminals (on the first start), --lan lets phones and terminals on the network in, over TLS.
 */
export async function main(args: readonly string[]): Promise<number> {
  let values: { small?: boolean | undefined; lan?: boolean | undefined };
  try {
    ({ values } = parseArgs({ args: [...args], options: { small: { type: 'boolean' }, lan: { type: 'boolean' } } }));
  } catch {
    tell('usage: npm start [-- --small] [-- --lan]');
    return 2;
  }
  const stopped = untilSignal();
  process.on('unhandledRejection', (cause) => tell(`fault: ${String(cause instanceof Error ? cause.stack : cause)}`));
  try {
    const config = forNetwork(readConfig(), values.lan === true);
    tell('Starting Clarion ...');
    const system = await startSystem({ config, dist: DIST, small: values.small === true, lan: values.lan === true, say: tell, until: stopped });
    welcome(system, config);
    if (values.lan === true) for (const line of await lanWelcome(config)) tell(line);
    await stopped;
    tell('Stopping ...');
    await system.stop();
    return 0;
  } catch (cause) {
    if (errorCode(cause) === 'START_STOPPED') return 0;
    tell(cause instanceof ClarionError ? `${cause.code}: ${cause.sentence}` : String(cause instanceof Error ? cause.stack : cause));
    return 1;
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve());
  });
}

/** What the processes must know before phones may come: names for the certificate, pages that may call, and that a proxy of ours stands in front. */
function forNetwork(config: SupervisorConfig, lan: boolean): SupervisorConfig {
  if (!lan) return config;
  const { childEnvironment, platform, lanAddresses: only } = config;
  const hosts = [...(only ?? lanAddresses()), ...lanNames()];
  const joined = (name: string, more: readonly string[]): string => [childEnvironment[name] ?? '', ...more].join(' ').trim();
  return {
    ...config,
    platform: { ...platform, signOrigins: [...platform.signOrigins, ...hosts.map((host) => `https://${host}:${platform.ports.sign}`)] },
    childEnvironment: {
      ...childEnvironment,
      CLARION_HOSTNAMES: joined('CLARION_HOSTNAMES', hosts),
      CLARION_ORIGINS: joined('CLARION_ORIGINS', hosts.map((host) => `https://${host}:${platform.ports.consoleTls}`)),
      CLARION_TRUSTED_PROXIES: '1',
    },
  };
}

function welcome(system: RunningSystem, { platform }: SupervisorConfig): void {
  const { signIn, missing } = system;
  for (const name of missing) tell(`not built yet, so not running: ${name}`);
  tell('');
  tell(platform.demo ? 'Clarion 号角 — DEMO 演示' : 'Clarion 号角');
  tell(`  Console     http://localhost:${platform.ports.console}`);
  tell(`  Signing     http://localhost:${platform.ports.sign}   签发页`);
  if (signIn !== null) {
    tell(`  Sign in     ${signIn.accounts[0]?.account ?? ''} / ${signIn.passphrase}`);
    tell(`              ${signIn.accounts.length} accounts, all with this passphrase: ./clarion demo show`);
  }
  tell(`  Data        ${platform.dataDir}   (logs in ${path.join(platform.dataDir, 'logs')})`);
  tell('  Stop        Ctrl-C');
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
