import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ClarionError } from '../../platform/src/kernel/errors';
import { readConfig, type SupervisorConfig } from './config';
import { startSystem, type RunningSystem } from './system';

const DIST = path.resolve(__dirname, '../../..');

/**
 * `npm start`: the whole demo on this machine, until Ctrl-C. Returns the exit code.
 * --small one township with 12 terminals (on the first start), --lan listens on the network as well.
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
  try {
    const config = forNetwork(readConfig(), values.lan === true);
    tell('Starting Clarion ...');
    const starting = startSystem({ config, dist: DIST, small: values.small === true, say: tell });
    const system = await Promise.race([starting, stopped.then(() => null)]);
    if (system === null) {
      // Asked to stop while starting: what comes up is taken down again.
      await (await starting).stop();
      return 0;
    }
    welcome(system, config);
    await stopped;
    tell('Stopping ...');
    await system.stop();
    return 0;
  } catch (cause) {
    tell(cause instanceof ClarionError ? `${cause.code}: ${cause.sentence}` : String(cause instanceof Error ? cause.stack : cause));
    return 1;
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve());
  });
}

function forNetwork(config: SupervisorConfig, lan: boolean): SupervisorConfig {
  if (!lan) return config;
  const addresses = lanAddresses();
  return {
    ...config,
    platform: { ...config.platform, bind: '0.0.0.0' },
    childEnvironment: {
      ...config.childEnvironment,
      CLARION_HOSTNAMES: [config.childEnvironment['CLARION_HOSTNAMES'] ?? '', ...addresses].join(' ').trim(),
      CLARION_ORIGINS: [config.childEnvironment['CLARION_ORIGINS'] ?? '', ...addresses.map((address) => `http://${address}:${config.platform.ports.console}`)].join(' ').trim(),
    },
  };
}

function lanAddresses(): readonly string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

function welcome(system: RunningSystem, { platform }: SupervisorConfig): void {
  const { signIn, missing } = system;
  for (const name of missing) tell(`not built yet, so not running: ${name}`);
  tell('');
  tell(platform.demo ? 'Clarion 号角 — DEMO 演示' : 'Clarion 号角');
  tell(`  Console     http://localhost:${platform.ports.console}`);
  if (platform.bind === '0.0.0.0') for (const address of lanAddresses()) tell(`              http://${address}:${platform.ports.console}   (not a secure context: no microphone, no signing)`);
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
