import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { fleetSchema } from '#libs/contracts';
import { knownAnswerGate } from '#libs/suites';
import { readSimulatorConfig } from '../config';
import { ControlServer } from './control-server';
import { SimulatedFleet } from './fleet';

const SIMULATOR_SOCKET = 'run/simulator.sock';

/**
 * Starts the simulator process: every terminal of `$CLARION_DATA/simulator/fleet.json` in one process, each with its
 * own state below `simulator/state`. One line {"ready":true,...} on stdout when the control socket answers; the units
 * start and connect from then on. SIGTERM ends it like a power cut that gives the disk a last moment.
 */
async function main(): Promise<void> {
  const config = readSimulatorConfig();
  const log = pino({ name: 'simulator', level: config.logLevel });
  process.on('unhandledRejection', (err) => log.error({ err }, 'fault'));
  knownAnswerGate();
  const folder = join(config.dataDir, 'simulator');
  const json: unknown = JSON.parse(readFileSync(join(folder, 'fleet.json'), 'utf8'));
  const plan = fleetSchema.parse(json);
  const fleet = await SimulatedFleet.open(plan, readFileSync(plan.caFile, 'utf8'), join(folder, 'state'), (terminal, fault) => log.error({ terminal, err: fault }, 'fault'));
  const control = new ControlServer(join(config.dataDir, SIMULATOR_SOCKET), fleet);
  await control.listen();

  let ending = false;
  const end = (signal: string) => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'going');
    Promise.all([control.close(), fleet.close()]).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));

  process.stdout.write(`${JSON.stringify({ ready: true, service: 'simulator', terminals: plan.terminals.length, pid: process.pid })}\n`);
  await fleet.start();
  log.info({ terminals: plan.terminals.length }, 'all units run');
}

main().catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'simulator', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
