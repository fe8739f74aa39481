import { headSchema } from '#libs/contracts';
import { fromHex, type Envelope } from '#libs/envelope';
import { inclusionProof, leafHash, treeRoot, verifyConsistency, verifyInclusion, consistencyProof } from '#libs/suites';
import { verifyHead } from '#libs/trust';
import { AuditLog, checkLog, PgAuditStore, SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { serverScope } from '../../../../../apps/platform/src/features/access';
import { Trust } from '../../../../../apps/platform/src/features/authority';
import { Leaves } from '../../../../../apps/platform/src/kernel/leaf';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { payloadOf, platformOf } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db);
const scope = serverScope('test');
const v1 = platformOf('v1');

const sequence = async (): Promise<void> => {
  while ((await server.app.get(SequenceLeaves).run()) > 0);
};
const write = (count: number, at = 'x') => db.database.run(async (tx) => {
  for (let n = 0; n < count; n += 1) await server.app.get(Leaves).insert(tx, { platform: 'v1', kind: 'test.fact', subject: `${at}-${n}`, facts: { n } });
});
const readHead = (envelope: Envelope) => headSchema.parse(JSON.parse(new TextDecoder().decode(payloadOf(envelope))));
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
async function hashes(): Promise<readonly Uint8Array[]> {
  const auditor = await server.signIn('v1-auditor');
  const { body } = await auditor.get('/api/audit/leaves?count=1000');
  return body.map((leaf: { leafHash: string }) => bytes(leaf.leafHash));
}
async function head(): Promise<Envelope> {
  const auditor = await server.signIn('v1-auditor');
  const { body } = await auditor.get('/api/audit/heads?platform=v1');
  return body[0];
}

describe('the audit log', () => {
  let first: Envelope;

  it('signs a head over exactly the leaves it numbered, each the hash of its canonical bytes', async () => {
    await write(5, 'a');
    await sequence();
    server.clock.advance(60_000);
    await sequence();
    first = await head();
    const leaves = await hashes();
    const signed = readHead(first);
    const covered = leaves.slice(0, signed.treeSize);
    expect(signed.treeSize).toBeGreaterThanOrEqual(5);
    expect(Buffer.from(treeRoot(covered)).toString('hex')).toBe(signed.rootHash);
    expect(verifyHead(server.app.get(Trust).state(), first)).toMatchObject({ ok: true });
    const rows = await db.asOwner<{ body: string }>('SELECT body FROM audit_leaf JOIN audit_sequence ON leaf_id = id WHERE audit_sequence.platform = $1 ORDER BY seq', ['v1']);
    expect(rows.map(({ body }) => leafHash(new TextEncoder().encode(body)))).toEqual(leaves);
  });

  it('proves that a leaf is in it, and that it only grew', async () => {
    const before = readHead(first);
    await write(9, 'b');
    server.clock.advance(60_001);
    await sequence();
    const after = readHead(await head());
    expect(after.treeSize).toBeGreaterThan(before.treeSize);
    const leaves = (await hashes()).slice(0, after.treeSize);
    const index = 3;
    expect(verifyInclusion({ leaf: leaves[index] ?? new Uint8Array(), index, size: after.treeSize, proof: inclusionProof(leaves, index), root: bytes(after.rootHash) })).toBe(true);
    expect(verifyConsistency({
      oldSize: before.treeSize, newSize: after.treeSize, oldRoot: bytes(before.rootHash), newRoot: bytes(after.rootHash), proof: consistencyProof(leaves, before.treeSize),
    })).toBe(true);
  });

  it('signs at most one head a minute, and none when nothing happened', async () => {
    const count = async () => (await db.asOwner("SELECT 1 FROM audit_head WHERE platform = 'v1'")).length;
    const before = await count();
    await write(1, 'c');
    await sequence();
    expect(await count()).toBe(before);
    server.clock.advance(120_000);
    await sequence();
    expect(await count()).toBe(before + 1);
    server.clock.advance(120_000);
    await sequence();
    expect(await count()).toBe(before + 1);
  });

  it('numbers every leaf once, whoever runs the sequencer at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map((n) => write(40, `d${n}`)));
    await Promise.all([sequence(), sequence(), sequence()]);
    await sequence();
    const numbered = await db.asOwner<{ seq: string }>("SELECT seq FROM audit_sequence WHERE platform = 'v1' ORDER BY seq");
    expect(numbered.map(({ seq }) => Number(seq))).toEqual(numbered.map((_, index) => index));
    expect(await db.asOwner('SELECT 1 FROM audit_leaf WHERE NOT EXISTS (SELECT 1 FROM audit_sequence WHERE leaf_id = id)')).toEqual([]);
  });

  it('cannot be changed or cut by the server\'s own database role', async () => {
    for (const table of ['audit_leaf', 'audit_sequence', 'audit_head', 'trust_document', 'assignment']) {
      await expect(db.database.query(`DELETE FROM ${table}`)).rejects.toThrow(/permission denied/);
      await expect(db.database.query(`TRUNCATE ${table}`)).rejects.toThrow(/permission denied/);
    }
    await expect(db.database.query("UPDATE audit_leaf SET body = ''")).rejects.toThrow(/permission denied/);
    await expect(db.database.query('UPDATE audit_head SET at = 0')).rejects.toThrow(/permission denied/);
    await expect(db.database.query('ALTER TABLE audit_leaf DISABLE TRIGGER ALL')).rejects.toThrow(/must be owner/);
  });

  it('goes on for everybody when somebody edited one head so that it cannot be read, and the check says so', async () => {
    const store = new PgAuditStore(db.database);
    await db.database.run((tx) => server.app.get(Leaves).insert(tx, { platform: 't1', kind: 'test.fact', subject: 'x', facts: {} }));
    server.clock.advance(60_001);
    await sequence();
    const [row] = await db.asOwner<{ envelope: string; tree_size: string }>("SELECT envelope, tree_size FROM audit_head WHERE platform = 'v1' ORDER BY tree_size DESC LIMIT 1");
    await db.asOwner("UPDATE audit_head SET envelope = 'nonsense' WHERE platform = 'v1' AND tree_size = $1", [row?.tree_size]);
    const { heads, unreadable } = await store.latestHeads(scope);
    expect([heads.some(({ head: { platform } }) => platform === 't1'), unreadable]).toEqual([true, ['v1']]);
    expect(await checkLog(store, scope, v1)).toMatchObject({ ok: false, code: 'HEAD_UNREADABLE' });
    Reflect.set(server.app.get(AuditLog), 'latest', undefined);
    expect(await server.app.get(AuditLog).latestHead(v1)).toBeNull();
    expect(await server.app.get(AuditLog).latestHead(platformOf('t1'))).not.toBeNull();
    await db.asOwner("UPDATE audit_head SET envelope = $2 WHERE platform = 'v1' AND tree_size = $1", [row?.tree_size, row?.envelope]);
  });

  it('tells where somebody with the owner\'s password changed, cut or moved it', async () => {
    const store = new PgAuditStore(db.database);
    expect(await checkLog(store, scope, v1)).toMatchObject({ ok: true });
    const [leaf] = await db.asOwner<{ id: string; body: string }>("SELECT id, body FROM audit_leaf JOIN audit_sequence ON leaf_id = id WHERE audit_sequence.platform = 'v1' AND seq = 4");
    await db.asOwner('UPDATE audit_leaf SET body = $2 WHERE id = $1', [leaf?.id, leaf?.body.replace('"n":', '"m":')]);
    expect(await checkLog(store, scope, v1)).toEqual({ ok: false, code: 'LEAF_CHANGED', seq: 4 });
    await db.asOwner('UPDATE audit_leaf SET body = $2 WHERE id = $1', [leaf?.id, leaf?.body]);

    await db.asOwner("UPDATE audit_sequence SET seq = CASE seq WHEN 2 THEN 1003 WHEN 3 THEN 1002 END WHERE platform = 'v1' AND seq IN (2, 3)");
    await db.asOwner("UPDATE audit_sequence SET seq = seq - 1000 WHERE platform = 'v1' AND seq > 1000");
    expect(await checkLog(store, scope, v1)).toMatchObject({ ok: false, code: 'HEAD_DIFFERS' });
    await db.asOwner("DELETE FROM audit_sequence WHERE platform = 'v1' AND seq = 7");
    expect(await checkLog(store, scope, v1)).toEqual({ ok: false, code: 'LEAF_MISSING', seq: 7 });
    await db.asOwner("DELETE FROM audit_sequence WHERE platform = 'v1' AND seq >= 7");
    expect(await checkLog(store, scope, v1)).toEqual({ ok: false, code: 'LEAF_MISSING', seq: 7 });
  });
});
