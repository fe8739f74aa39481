import pino from 'pino';
import { knownAnswerGate } from '#libs/suites';
import { createSystemClock } from './clock';
import { readConfig } from './config';
import { Gateway } from './gateway';

/** Starts the gateway process: one line {"ready":true,...} on stdout when terminals may come; SIGTERM ends it. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ name: 'gateway', level: config.logLevel });
  process.on('unhandledRejection', (err) => log.error({ code: 'FAULT', err }, 'a fault that nobody waited for'));
  knownAnswerGate();
  const gateway = new Gateway(config, createSystemClock(), log);
  gateway.metrics.withProcessFigures();
  const port = await gateway.start();
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'gateway', port, pid: process.pid })}\n`);

  let ending = false;
  const end = (signal: string) => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'going');
    gateway.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
}

main().catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'gateway', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
