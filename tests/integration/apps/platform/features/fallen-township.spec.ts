import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyExport } from '#libs/audit';
import { auditVerdictSchema, keyIdSchema, type AuditVerdict } from '#libs/contracts';
import { admit, applyDocument } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { SequenceLeaves } from '../../../../../apps/platform/src/features/audit';
import { WatchSigners } from '../../../../../apps/platform/src/features/authority/keys/watch-signers';
import { factsFor } from '../../../../support/admit-facts';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { until } from '../../../../support/until';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);
const folder = mkdtempSync(path.join(tmpdir(), 'clarion-fallen-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

const FALLS = ['charter:v1', 'charter:v2', 'roster:t1', 'roster:v1', 'roster:v2'];
const sequence = async (): Promise<void> => {
  // The server's own round may hold the turn.
  await until(async () => {
    while ((await server.app.get(SequenceLeaves).run()) > 0);
    const behind = await db.asOwner(`SELECT 1 FROM audit_leaf LEFT JOIN audit_sequence ON leaf_id = id WHERE seq IS NULL
      UNION ALL SELECT 1 FROM audit_tree WHERE size > coalesce((SELECT max(tree_size) FROM audit_head WHERE audit_head.platform = audit_tree.platform), 0)`);
    return behind.length === 0;
  });
};

/** One officer of the township, whose signature stands under everything below it. */
async function stolen() {
  const [, officer] = server.world.platform('t1').officers;
  const entries = [{ keyId: keyIdSchema.parse(officer?.key.record.keyId), reason: 'compromised' as const, since: server.clock.now() }];
  return server.world.revocation('t1', { set: { entries, issuedAt: server.clock.now() } });
}

/** The export of a moment, by both verifiers: the same verdict. */
async function proved(account: string): Promise<AuditVerdict> {
  const { token } = await flow.as(account);
  const response = await fetch(`${server.base}/api/audit/export`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  const file = path.join(folder, 'audit.jsonl');
  writeFileSync(file, text);
  const verdict = await verifyExport(text.trimEnd().split('\n'));
  const python = spawnSync('python3', ['-B', path.resolve('examples/audit-verifier-python/verify.py'), file], { encoding: 'utf8' });
  expect(auditVerdictSchema.parse(JSON.parse(python.stdout))).toEqual(verdict);
  return verdict;
}

describe('a revocation that takes the papers of a township and its villages', () => {
  it('is refused unless the request says exactly what falls', async () => {
    await flow.onAir('t1');
    server.clock.advance(60_001);
    await sequence();
    const officer = await flow.as('t1-officer-1');
    const answer = await officer.post('/api/revocations', { documents: [await stolen()] });
    expect([answer.status, answer.body.code]).toEqual([422, 'DOCUMENTS_FALL']);
    expect(answer.body.fields.map(({ message }: { message: string }) => message.split(' ')[0]).sort()).toEqual(FALLS);
    expect(answer.body.fields.find(({ message }: { message: string }) => message.startsWith('roster:t1')).message).toMatch('2 of t1-officer-1, t1-officer-3 must sign version 2');
    expect((await officer.post('/api/revocations', { documents: [await stolen()], alsoFalls: FALLS.slice(1) })).body.code).toBe('DOCUMENTS_FALL');
    expect((await officer.post('/api/revocations', { documents: [await stolen()], alsoFalls: FALLS })).body).toEqual({ accepted: 1 });
  });

  it('leaves the fallen platforms in reach of those above: log, terminals and what an upper tier says to them', async () => {
    const { body: terminals } = await (await flow.as('d-admin')).get('/api/terminals');
    expect(terminals.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['t1-term-1', 'v1-term-1', 'v2-term-1']));
    expect(await proved('d-auditor')).toMatchObject({ ok: true, counts: { logs: 6, devices: 5, documents: 13 } });
    server.clock.advance(60_001);
    await sequence();
    expect(await proved('d-auditor')).toMatchObject({ ok: true, counts: { logs: 6, devices: 5, documents: 14 } });
  });

  it('are sent what the district says, to all, to one of their areas or to one terminal, and their terminals sound it', async () => {
    const said = await flow.onAir('d');
    const sentTo = flow.gateway.frames('order').filter(({ frame }) => frame.order.dispatch.payload === said.order.dispatch.payload).flatMap(({ terminals }) => terminals ?? []);
    expect(sentTo).toEqual(expect.arrayContaining(['t1-term-1', 'v1-term-1', 'v2-term-1', 'v3-term-1']));
    const now = server.clock.now();
    const fell = applyDocument(server.world.trust, await stolen(), now);
    if (!fell.ok) throw new Error(fell.code);
    const trust = fell.value;
    expect(admit(factsFor(server.world, 'v1', said.order, { trust, now, beaconAt: now }))).toMatchObject({ kind: 'play' });
    for (const targets of [{ areas: ['v1-area'], terminals: [] }, { areas: [], terminals: ['v1-term-1'] }]) {
      const { order } = await flow.onAir('d', { targets });
      expect(admit(factsFor(server.world, 'v1', order, { trust, now, beaconAt: now }))).toMatchObject({ kind: 'play' });
    }
  });

  it('is one incident for each platform that cannot speak, until it can; 0 of its people can sign, and it is said who must sign what', async () => {
    await server.app.get(WatchSigners).check();
    await server.app.get(WatchSigners).check();
    await flow.settle();
    const { body } = await (await flow.as('d-admin')).get('/api/incidents?state=standing');
    expect(body.map(({ platform, kind, codes }: Record<string, unknown>) => [platform, kind, codes])).toEqual(expect.arrayContaining([
      ['t1', 'signers-short', ['DOCUMENTS_FELL']], ['v1', 'signers-short', ['DOCUMENTS_FELL']], ['v2', 'signers-short', ['DOCUMENTS_FELL']],
    ]));
    expect(body).toHaveLength(3);
    const { body: able } = await (await flow.as('d-admin')).get('/api/trust/can-sign');
    const of = (id: string) => able.find(({ platform }: { platform: string }) => platform === id);
    expect(of('t1')).toMatchObject({ enough: false, unsigned: [{ word: 'roster', version: 2, threshold: 2, signers: ['t1-officer-1', 't1-officer-3'] }] });
    expect(of('v2').unsigned.map(({ word }: { word: string }) => word)).toEqual(['charter', 'roster']);
    expect(of('v2').cases.every(({ able: n, of: m }: { able: number; of: number }) => n === 0 && m > 0)).toBe(true);
  });
});
