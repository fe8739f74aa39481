import { systemClock } from '../../../../../apps/platform/src/kernel/clock';
import { kernelMigrations, Notifications } from '../../../../../apps/platform/src/kernel/database';
import { silentLog } from '../../../../../apps/platform/src/kernel/log';
import { Outbox, OutboxWorker } from '../../../../../apps/platform/src/kernel/outbox';
import { useDatabase } from '../../../../support/postgres';
import { until } from '../../../../support/until';

const db = useDatabase({ migrations: kernelMigrations });
const outbox = new Outbox(systemClock);
const open: { close(): Promise<void> }[] = [];

/** A worker as one more process would have it. */
function worker(): OutboxWorker {
  const notifications = new Notifications(db.database, silentLog);
  const made = new OutboxWorker(db.database, notifications, silentLog);
  open.push({
    async close() {
      await made.beforeApplicationShutdown();
      await notifications.beforeApplicationShutdown();
    },
  });
  return made;
}

const put = (topic: string, payload: Record<string, unknown>): Promise<string> => db.database.run((tx) => outbox.put(tx, topic, payload));

beforeEach(() => db.clear());
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

describe('the outbox', () => {
  it('hands over what was committed, with its payload and id, and nothing that was rolled back', async () => {
    const seen: unknown[] = [];
    const one = worker();
    one.handle('message.submitted', async (payload, row) => void seen.push([payload, row.id, row.attempts]));
    await db.database.run(async (tx) => {
      await outbox.put(tx, 'message.submitted', { message: 'lost' });
      throw new Error('rolled back');
    }).catch(() => undefined);
    const id = await put('message.submitted', { message: 'm-1', areas: ['a', 'b'] });
    await one.drain();
    expect(seen).toEqual([[{ message: 'm-1', areas: ['a', 'b'] }, id, 1]]);
  });

  it('is woken by the commit, not only by polling', async () => {
    const seen: unknown[] = [];
    const one = worker();
    one.handle('x.y', async (payload) => void seen.push(payload));
    one.onApplicationBootstrap();
    await put('x.y', { n: 1 });
    await until(() => seen.length === 1);
    // Without its polling, only notifications are left to wake it.
    clearInterval(one['poll']);
    await put('x.y', { n: 2 });
    await until(() => seen.length === 2);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('gives each row to one worker although four compete', async () => {
    const seen: string[] = [];
    const workers = [1, 2, 3, 4].map(() => worker());
    for (const each of workers) each.handle('t.t', async (payload) => void seen.push(JSON.stringify(payload)));
    await db.database.run(async (tx) => {
      for (let n = 0; n < 60; n += 1) await outbox.put(tx, 't.t', { n });
    });
    await Promise.all(workers.map((each) => each.drain()));
    expect(seen.length).toBe(60);
    expect(new Set(seen).size).toBe(60);
  });

  it('tries again what failed, and says how often it was tried', async () => {
    const attempts: number[] = [];
    const one = worker();
    one.handle('t.t', async (_, row) => {
      attempts.push(row.attempts);
      if (row.attempts < 2) throw Object.assign(new Error('not yet'), { code: 'NOT_YET' });
    });
    await put('t.t', {});
    await one.drain();
    expect(attempts).toEqual([1, 2]);
    expect(await db.asOwner('SELECT state, last_error FROM outbox')).toEqual([{ state: 'done', last_error: 'NOT_YET' }]);
  });

  it('waits no longer than the topic allows before it tries again what failed often', async () => {
    const id = await put('t.t', {});
    await db.asOwner('UPDATE outbox SET attempts = 11 WHERE id = $1', [id]);
    const attempts: number[] = [];
    const one = worker();
    one.handle('t.t', async (_, row) => {
      attempts.push(row.attempts);
      if (row.attempts < 13) throw new Error('no gateway');
    }, { mostDelayMs: 30 });
    await one.drain();
    expect(attempts).toEqual([12, 13]);
  });

  it('takes over the row of a worker that died while it had the lease', async () => {
    const seen: unknown[] = [];
    const id = await put('t.t', { n: 1 });
    await db.asOwner("UPDATE outbox SET lease_until = now() + interval '150 milliseconds', attempts = 1 WHERE id = $1", [id]);
    const one = worker();
    one.handle('t.t', async (payload, row) => void seen.push([payload, row.attempts]));
    await one.drain();
    expect(seen).toEqual([[{ n: 1 }, 2]]);
  });

  it('keeps the lease of a slow handler, so that nobody else starts on it', async () => {
    let started = 0;
    let finish: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    const [slow, other] = [worker(), worker()];
    for (const each of [slow, other]) {
      each.handle('t.t', async () => {
        started += 1;
        await done;
      }, { leaseMs: 90 });
    }
    await put('t.t', {});
    const drained = Promise.all([slow.drain(), other.drain()]);
    await until(() => started === 1);
    const claimedUntil = async (): Promise<number> => Number((await db.asOwner('SELECT extract(epoch FROM lease_until) * 1000 AS at FROM outbox'))[0]?.['at']);
    const first = await claimedUntil();
    // Two renewals later the lease has moved, and still only one handler runs.
    for (let at = first; at < first + 120; at = await claimedUntil()) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(started).toBe(1);
    finish();
    await drained;
    expect(started).toBe(1);
  });

  it('does rows of a topic in order when asked to work on one at a time', async () => {
    const seen: number[] = [];
    const one = worker();
    one.handle('t.t', async (payload) => void seen.push((payload as { n: number }).n), { concurrency: 1 });
    for (let n = 0; n < 10; n += 1) await put('t.t', { n });
    await one.drain();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('goes on after the database connection for notifications was cut', async () => {
    const seen: unknown[] = [];
    const one = worker();
    one.handle('t.t', async (payload) => void seen.push(payload));
    one.onApplicationBootstrap();
    await put('t.t', { n: 1 });
    await until(() => seen.length === 1);
    await db.asOwner("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clarion-listen' AND datname = current_database()");
    await put('t.t', { n: 2 });
    await until(() => seen.length === 2);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  });
});
