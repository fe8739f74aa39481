import { systemClock } from '../../../../../apps/platform/src/kernel/clock';
import { kernelMigrations } from '../../../../../apps/platform/src/kernel/database';
import { detailHash, Leaves } from '../../../../../apps/platform/src/kernel/leaf';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase({ migrations: kernelMigrations });
const leaves = new Leaves({ ...systemClock, now: () => 1_700_000_000_000 });

describe('an audit leaf', () => {
  it('is there if and only if the change it tells of was committed', async () => {
    await db.database.run(async (tx) => {
      await leaves.insert(tx, { platform: 'p-1', kind: 'test.kept', subject: 's', facts: {} });
    });
    await db.database.run(async (tx) => {
      await leaves.insert(tx, { platform: 'p-1', kind: 'test.lost', subject: 's', facts: {} });
      throw new Error('rolled back');
    }).catch(() => undefined);
    expect(await db.database.query('SELECT kind FROM audit_leaf')).toEqual([{ kind: 'test.kept' }]);
  });

  it('is canonical JSON, and holds of personal details only a salted hash', async () => {
    const id = await db.database.run((tx) =>
      leaves.insert(tx, { platform: 'p-1', kind: 'person.named', subject: 'person-7', facts: { z: 1, a: ['x'] }, details: { name: '示例甲' } }),
    );
    const [leaf] = await db.database.query<{ body: string }>('SELECT body FROM audit_leaf WHERE id = $1', [id]);
    const [detail] = await db.database.query<{ salt: Buffer; value: string }>('SELECT salt, value FROM audit_person_detail WHERE leaf_id = $1', [id]);
    if (leaf === undefined || detail === undefined) throw new Error('no rows');
    expect(leaf.body).toBe(
      `{"at":1700000000000,"details":{"name":"${detailHash(detail.salt, '示例甲')}"},"facts":{"a":["x"],"z":1},"id":"${id}","kind":"person.named","platform":"p-1","subject":"person-7"}`,
    );
    expect(leaf.body).not.toContain('示例甲');
    expect(detail.value).toBe('示例甲');
    expect(detail.salt.length).toBe(16);
  });

  it('stays when the person is erased', async () => {
    await db.database.query('DELETE FROM audit_person_detail');
    expect(await db.database.query("SELECT count(*)::int AS n FROM audit_leaf WHERE kind = 'person.named'")).toEqual([{ n: 1 }]);
  });

  it('refuses facts that have no canonical form', async () => {
    await expect(db.database.run((tx) => leaves.insert(tx, { platform: 'p', kind: 'k', subject: 's', facts: { n: 1.5 } }))).rejects.toMatchObject({ code: 'payload-value' });
  });

  it('goes in by the hundred with two statements', async () => {
    const many = Array.from({ length: 300 }, (_, n) => ({ platform: `p-${n % 3}`, kind: 'receipt.kept', subject: `t-${n}`, facts: { n }, details: { note: String(n) } }));
    const ids = await db.database.run((tx) => leaves.insertAll(tx, many));
    expect(new Set(ids).size).toBe(300);
    expect(await db.database.query("SELECT count(*)::int AS n FROM audit_leaf l JOIN audit_person_detail d ON d.leaf_id = l.id WHERE kind = 'receipt.kept' AND l.subject = 't-' || d.value")).toEqual([{ n: 300 }]);
  });
});
