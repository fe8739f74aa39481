import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FOUNDATION } from '../../apps/platform/src/app.module';
import { systemClock } from '../../apps/platform/src/kernel/clock';
import { readConfig } from '../../apps/platform/src/kernel/config';
import { createDatabase } from '../../apps/platform/src/kernel/database';
import { silentLog } from '../../apps/platform/src/kernel/log';
import { createServer } from '../../apps/platform/src/server';
import { freePort } from './ports';
import type { TestDatabase } from './postgres';

export interface Served {
  readonly url: string;
  readonly app: Awaited<ReturnType<typeof createServer>>;
  close(): Promise<void>;
}

/** The API server on what a set-up left in `data`, of the kind (demo or real) that its bootstrap file says unless told otherwise. */
export async function serveBootstrap(db: Pick<TestDatabase, 'appUrl'>, data: string, demo = isDemo(data)): Promise<Served> {
  const config = readConfig({ CLARION_DATA: data, CLARION_KEYS: path.join(data, 'keys'), CLARION_DEMO: demo ? '1' : '0', CLARION_DATABASE_URL: db.appUrl });
  const database = await createDatabase({ url: db.appUrl, poolSize: 4, name: 'clarion-bootstrap-server' });
  const app = await createServer({ clock: systemClock, config, database, log: silentLog }, FOUNDATION);
  const port = await freePort();
  await app.listen(port, '127.0.0.1');
  return { url: `http://127.0.0.1:${port}`, app, close: () => app.close() };
}

function isDemo(data: string): boolean {
  return (JSON.parse(readFileSync(path.join(data, 'bootstrap.json'), 'utf8')) as { demo: boolean }).demo;
}
