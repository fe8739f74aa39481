import { fromBase64, toBase64 } from '#libs/envelope';
import { systemClock } from '../../../cli/src';
import { audit } from '../../../cli/src/commands/audit';
import { until } from '../../../scripted-day/src/until';
import type { Family } from '../attack';
import type { Range } from '../range';
import { sqlAs, type Query } from '../sql';
import { administrator, checked } from './database-rows';

/** How long the first head of a log is waited for that covers two leaves: one is signed each minute. */
const HEAD_MS = 70_000;
const REFUSED = 4;

/** The log itself, in the database of the running district: what the server finds when it looks, which it does every four minutes, and where (T62). */
export const AUDIT_ROWS: Family = {
  family: 'the audit of the running district edited in its database', threat: 'T62', where: 'district',
  run: async ({ range, tally }) => {
    const since = systemClock.now();
    const platform = range.cast.district;
    const at = await sqlAs(range.system.ownerDatabaseUrl, async (query) => {
      await query('SET session_replication_role = replica');
      const place = await lastCovered(query, platform);
      const operators: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
        ['a leaf is edited', `LEAF_CHANGED ${place}`, [`UPDATE audit_leaf SET body = replace(body, '"at":1', '"at":2') WHERE id = (SELECT leaf_id FROM audit_sequence WHERE platform = $1 AND seq = ${place})`],
          BACK],
        ['a leaf is taken out', `LEAF_MISSING ${place}`, [`DELETE FROM audit_leaf WHERE id = (SELECT leaf_id FROM audit_sequence WHERE platform = $1 AND seq = ${place})`, `DELETE FROM audit_sequence WHERE platform = $1 AND seq = ${place}`], BACK],
        ['two leaves change places', 'HEAD_DIFFERS', [`UPDATE audit_sequence SET seq = seq + 100000000 WHERE platform = $1 AND seq IN (${place}, ${place + 1})`,
          `UPDATE audit_sequence SET seq = CASE seq - 100000000 WHEN ${place} THEN ${place + 1} ELSE ${place} END WHERE platform = $1 AND seq > 100000000`], BACK],
      ];
      for (const [name, expected, edits, undo] of operators) {
        await kept(query, platform, place);
        await together(query, platform, edits);
        const found = (await checked(range)).filter(({ table }) => table === 'audit_leaf').map(({ code, row }) => `${code} ${row}`);
        const [first = 'unnoticed'] = found;
        if (name === 'a leaf is edited') tally.control('`./clarion audit check` names it, and ends with a code of its own', await said(range, `LEAF_CHANGED ${platform}: audit_leaf ${place}`));
        tally.judged(name, first.startsWith(`${expected} `) ? expected : first, [expected]);
        await together(query, platform, undo);
      }
      await head(query, platform, async () => (await checked(range)).filter(({ table }) => table === 'audit_leaf').map(({ code }) => code)[0] ?? 'unnoticed', (outcome) => { tally.judged('a head is put in the place of the newest one', outcome, ['HEAD_DIFFERS', 'HEAD_UNREADABLE']); });
      const left = (await checked(range)).filter(({ table }) => table === 'audit_leaf');
      tally.control('undone, the log holds', left.length === 0);
      return place;
    });
    const told = (await range.events(since)).filter(({ kind, subject }) => kind === 'audit-fault' && subject?.startsWith('audit_leaf ') === true);
    tally.alarmed(told.length);
    tally.control('the platform tells of each place', told.some(({ subject }) => subject === `audit_leaf ${at}`));
  },
};

const BACK: readonly string[] = [
  'DELETE FROM audit_sequence WHERE platform = $1 AND seq IN (SELECT seq FROM kept)', 'DELETE FROM audit_leaf WHERE id IN (SELECT id FROM kept_leaf)',
  'INSERT INTO audit_leaf SELECT * FROM kept_leaf', 'INSERT INTO audit_sequence SELECT * FROM kept',
];

/** In one transaction: a leaf that is there and has no number would get a new one at once. */
async function together(query: Query, platform: string, edits: readonly string[]): Promise<void> {
  await query(edits.map((edit) => edit.replaceAll('$1', `'${platform}'`)).join(';\n'));
}

/** What the command line prints of it. */
async function said(range: Range, line: string): Promise<boolean> {
  const { context } = await range.actor(range.cast.district, range.cast.officer);
  const lines: string[] = [];
  const code = await audit.run(['check'], { ...context, api: await administrator(range), say: (one) => { lines.push(one); } });
  return code === REFUSED && lines.includes(line);
}

async function kept(query: Query, platform: string, place: number): Promise<void> {
  await query('DROP TABLE IF EXISTS pg_temp.kept, pg_temp.kept_leaf');
  await query(`CREATE TEMP TABLE kept AS SELECT * FROM audit_sequence WHERE platform = '${platform}' AND seq IN (${place}, ${place + 1})`);
  await query('CREATE TEMP TABLE kept_leaf AS SELECT * FROM audit_leaf WHERE id IN (SELECT leaf_id FROM kept)');
}

/** The last leaf but one under the newest head: what came since is watched by its hash alone until the next. */
async function lastCovered(query: Query, platform: string): Promise<number> {
  const place = await until(HEAD_MS, async () => {
    const [row] = await query<{ size: string }>('SELECT coalesce(max(tree_size), 0) AS size FROM audit_head WHERE platform = $1', [platform]);
    return Number(row?.size ?? 0) < 2 ? undefined : Number(row?.size) - 2;
  });
  if (place === undefined) throw new Error('no signed head covers two leaves');
  return place;
}

/** Another root under the newest head's number: as bytes that nobody signed. */
async function head(query: Query, platform: string, look: () => Promise<string>, judge: (outcome: string) => void): Promise<void> {
  const [row] = await query<{ size: string; envelope: string }>('SELECT tree_size AS size, envelope FROM audit_head WHERE platform = $1 ORDER BY tree_size DESC LIMIT 1', [platform]);
  if (row === undefined) return judge('no head');
  const envelope: { payload: string } = JSON.parse(row.envelope);
  const payload = new TextDecoder().decode(fromBase64(envelope.payload)).replace(/"rootHash":"[0-9a-f]{4}/, '"rootHash":"0000');
  await query('UPDATE audit_head SET envelope = $3 WHERE platform = $1 AND tree_size = $2', [platform, row.size, JSON.stringify({ ...envelope, payload: toBase64(new TextEncoder().encode(payload)) })]);
  judge(await look());
  await query('UPDATE audit_head SET envelope = $3 WHERE platform = $1 AND tree_size = $2', [platform, row.size, row.envelope]);
}
