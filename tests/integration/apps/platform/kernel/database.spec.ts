import { createDatabase, isUniqueViolation, kernelMigrations, migrate } from '../../../../../apps/platform/src/kernel/database';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase({ migrations: kernelMigrations });
const LEAF = "INSERT INTO audit_leaf (id, platform, kind, subject, body) VALUES (gen_random_uuid(), 'p', 'test', 's', '{}')";

describe('the database', () => {
  it('keeps what a transaction committed and drops what one threw away', async () => {
    await db.database.run((tx) => tx.execute(LEAF));
    await expect(
      db.database.run(async (tx) => {
        await tx.execute(LEAF);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await db.database.query('SELECT count(*)::int AS leaves FROM audit_leaf')).toEqual([{ leaves: 1 }]);
  });

  it('tells how many rows a statement changed', async () => {
    await db.database.run(async (tx) => {
      await tx.execute("INSERT INTO outbox (id, topic, payload) VALUES (gen_random_uuid(), 't', '{}'), (gen_random_uuid(), 't', '{}')");
      expect(await tx.execute("UPDATE outbox SET attempts = 1 WHERE topic = 't'")).toBe(2);
      expect(await tx.query("DELETE FROM outbox WHERE topic = 't' RETURNING attempts")).toEqual([{ attempts: 1 }, { attempts: 1 }]);
    });
  });

  it.each(['UPDATE audit_leaf SET body = $$x$$', 'DELETE FROM audit_leaf', 'TRUNCATE audit_leaf CASCADE', 'DELETE FROM audit_sequence', 'UPDATE audit_sequence SET seq = 1', 'DROP TABLE audit_leaf', 'UPDATE audit_person_detail SET value = $$x$$', "DELETE FROM schema_migration"])(
    'refuses the running server: %s',
    async (sql) => {
      await expect(db.database.query(sql)).rejects.toMatchObject({ driverError: { code: '42501' } });
    },
  );

  it('steps down to the run-time role when the owner signed in', async () => {
    const database = await createDatabase({ url: db.ownerUrl });
    expect(await database.query('SELECT current_user::text AS who')).toEqual([{ who: 'clarion_app' }]);
    await database.close();
  });

  it('runs a transaction again that lost a race', async () => {
    let runs = 0;
    await db.database.run(async (tx) => {
      runs += 1;
      if (runs === 1) await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$");
    });
    expect(runs).toBe(2);
  });

  it('knows a broken unique rule by its name', async () => {
    const twice = "INSERT INTO idempotent_answer (principal, key, body_digest, created_at) VALUES ('a', 'b', '\\x00', now())";
    await db.database.query(twice);
    const cause: unknown = await db.database.query(twice).catch((error: unknown) => error);
    expect(isUniqueViolation(cause, 'idempotent_answer_pkey')).toBe(true);
    expect(isUniqueViolation(cause, 'another')).toBe(false);
  });

  it('gives a code when the database is not there', async () => {
    await expect(createDatabase({ url: 'postgres://x:y@127.0.0.1:1/z' })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
  });
});

describe('migrations', () => {
  it('are applied once, however often and by however many they are asked for', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(db.ownerUrl, [...kernelMigrations, { name: 'test/0001', sql: 'CREATE TABLE once (a int)' }])));
    expect(applied.flat()).toEqual(['test/0001']);
  });

  it('refuse one that was changed after it had been applied, and a database that is newer', async () => {
    await expect(migrate(db.ownerUrl, [...kernelMigrations, { name: 'test/0001', sql: 'CREATE TABLE other (a int)' }])).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
    await expect(migrate(db.ownerUrl, kernelMigrations)).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
  });

  it('leave nothing of one that failed half-way', async () => {
    const list = [...kernelMigrations, { name: 'test/0001', sql: 'CREATE TABLE once (a int)' }, { name: 'test/0002', sql: 'CREATE TABLE half (a int); SELECT 1/0' }];
    await expect(migrate(db.ownerUrl, list)).rejects.toMatchObject({ code: 'MIGRATION_FAILED', sentence: expect.stringContaining('test/0002') });
    expect(await db.asOwner("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  });
});
