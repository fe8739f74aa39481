import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { systemClock } from '../../../../../apps/platform/src/kernel/clock';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../../../apps/platform/src/kernel/database/embedded-postgres';

const base = mkdtempSync('/var/tmp/clarion-pg-test-');
const dir = path.join(base, 'data');
let running: EmbeddedPostgres | undefined;

async function start(at = dir): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({ dir: at, clock: systemClock, durable: false });
  return running;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.ownerUrl('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(() => {
  // mkdtemp makes 0700, which PostgreSQL's own account could not enter.
  mkdirSync(dir, { recursive: true });
  chmodSync(base, 0o755);
});

afterAll(async () => {
  await running?.stop();
  rmSync(base, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('starts, keeps its password in a file only we can read, and listens on 127.0.0.1 below 32768', async () => {
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(server.port).toBeLessThan(32768);
    expect(statSync(path.join(dir, 'password')).mode & 0o777).toBe(0o600);
    expect(existsSync(path.join(dir, 'initial-password'))).toBe(false);
    expect(await query(server, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await query(server, 'CREATE TABLE kept (word text)');
    await query(server, "INSERT INTO kept VALUES ('蛟桥镇')");
  });

  it('takes over a server that still runs', async () => {
    const first = running;
    const second = await start();
    expect(second.adopted).toBe(true);
    expect([second.port, second.pid]).toEqual([first?.port, first?.pid]);
    expect(await query(second, 'SELECT word FROM kept')).toEqual([{ word: '蛟桥镇' }]);
  });

  it('starts again with its data after kill -9, on the same port', async () => {
    const killed = running;
    if (killed === undefined) throw new Error('nothing runs');
    process.kill(killed.pid, 'SIGKILL');
    await gone(killed.pid);
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(server.port).toBe(killed.port);
    expect(await query(server, 'SELECT word FROM kept')).toEqual([{ word: '蛟桥镇' }]);
  });

  it('starts although the pid file names a live process that is another program', async () => {
    await running?.stop();
    const file = path.join(dir, 'cluster', 'postmaster.pid');
    writeFileSync(file, `${process.pid}\n${path.join(dir, 'cluster')}\n0\n${running?.port}\n\n127.0.0.1\n`);
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(await query(server, 'SELECT word FROM kept')).toEqual([{ word: '蛟桥镇' }]);
  });

  it('begins anew when an earlier start died while making the cluster', async () => {
    const half = path.join(base, 'half');
    mkdirSync(path.join(half, 'cluster.new'), { recursive: true });
    writeFileSync(path.join(half, 'cluster.new', 'PG_VERSION'), '18\n');
    const other = await startEmbeddedPostgres({ dir: half, clock: systemClock, durable: false });
    expect(await query(other, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await other.stop();
    expect(existsSync(path.join(half, 'cluster', 'postmaster.pid'))).toBe(false);
  });

  it('refuses a wrong password, so the password file is what opens it', async () => {
    const server = await start();
    const client = new Client({ connectionString: server.ownerUrl('postgres').replace(readFileSync(path.join(dir, 'password'), 'utf8').trim(), 'guess') });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('names the folder that keeps its account out', async () => {
    const closed = path.join(base, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    await expect(startEmbeddedPostgres({ dir: path.join(closed, 'data'), clock: systemClock })).rejects.toMatchObject({
      code: 'PG_DATA_UNREACHABLE',
      sentence: expect.stringContaining(closed),
    });
  });
});
