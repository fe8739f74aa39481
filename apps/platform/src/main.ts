import 'reflect-metadata';
import { systemClock } from './kernel/clock';
import { readConfig, type Config } from './kernel/config';
import { createDatabase, type Database } from './kernel/database';
import { ClarionError, errorCode, operationalError } from './kernel/errors';
import { createLog } from './kernel/log';
import { migrations } from './migrations';
import { createServer, SERVER_VERSION } from './server';

const CLOSE_MS = 4_500;

/** Starts the API server: one line {"ready":true,...} on stdout when it answers; SIGTERM ends it within 5 s. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog('platform', config.logLevel);
  process.on('unhandledRejection', (cause) => log.error('server.fault', {}, cause));
  const database = await openDatabase(config);
  const app = await createServer({ clock: systemClock, config, database, log });
  await app.listen(config.ports.console, config.bind);

  let ending = false;
  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log.info('server.ending', { signal });
    setTimeout(() => process.exit(1), CLOSE_MS).unref();
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'platform', port: config.ports.console, demo: config.demo, version: SERVER_VERSION, pid: process.pid })}\n`);
}

/** The pool of the run-time role. Refuses DATABASE_URL_MISSING, and SCHEMA_BEHIND when migrations are missing. */
async function openDatabase(config: Config): Promise<Database> {
  const { url, poolSize } = config.database;
  if (url === null) throw operationalError('DATABASE_URL_MISSING', 'CLARION_DATABASE_URL is not set; `npm start` starts the bundled database and sets it.');
  const database = await createDatabase({ url, poolSize, name: 'clarion-platform' });
  const applied = await database.query<{ readonly name: string }>('SELECT name FROM schema_migration');
  const missing = migrations.filter(({ name }) => !applied.some((row) => row.name === name));
  if (missing.length > 0) throw operationalError('SCHEMA_BEHIND', `The database lacks ${missing.map(({ name }) => name).join(', ')}. Start it with npm start, which applies them.`);
  return database;
}

main().catch((cause: unknown) => {
  const reason = cause instanceof ClarionError ? cause.sentence : cause instanceof Error ? cause.message : 'unknown';
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'platform', code: errorCode(cause) ?? 'UNEXPECTED', reason })}\n`);
  process.exit(1);
});
