import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Family } from '../attack';
import { needleOf, needlesIn, secretsIn, type Needle } from '../files/secrets';
import type { Range } from '../range';
import { fleetOf } from '../rogue';
import { sqlAs, type Query } from '../sql';

const PLANTED = 'planted-by-the-search';
const MOST_BYTES = 64_000_000;
/** Key folders, whose files only their owner reads, the terminals' own disks, whose keys were made there, and the database, which is read row by row. */
const BY_DESIGN = new Set(['keys', 'pki', 'simulator', 'postgres']);
const KEY_FOLDERS: readonly string[] = ['keys', 'pki'];

interface Bytes { readonly name: string; readonly bytes: Buffer }
interface FileBytes extends Bytes { readonly mode: number }

/** What a running district leaves where others look: every row of its database, as a dump has them, and every file outside the key folders, logs first (T42). */
export const RUNNING_SECRETS: Family = {
  family: 'secrets in the rows, logs and files of a running district', threat: 'T42', where: 'district',
  run: async ({ range, tally }) => {
    const needles = await needlesOf(range);
    const [, known = needles[0]] = needles;
    const log = path.join(range.setting.supervisor.platform.dataDir, 'logs', `${PLANTED}.log`);
    await sqlAs(range.system.ownerDatabaseUrl, async (query) => {
      // Without this an empty search would pass.
      writeFileSync(log, `authorization: ${known?.spellings[2]?.toString('latin1') ?? ''}\n`, { mode: 0o600 });
      await query('INSERT INTO lexicon_entry (platform, written, entry, person, at) VALUES ($1, $1, $2, $1, 0)', [PLANTED, JSON.stringify({ said: known?.spellings[2]?.toString('latin1') ?? '' })]);
      const planted = { file: false, row: false };
      try {
        for (const [what, all] of [['rows', await rowsOf(query)], ['files', filesOf(range)]] as const) {
          for (const { name, bytes } of all) {
            const found = [...secretsIn(bytes), ...needlesIn(bytes, needles)];
            if (name.includes(PLANTED) || bytes.includes(PLANTED)) planted[what === 'rows' ? 'row' : 'file'] ||= found.length > 0;
            else tally.judged(`${what}: ${name}`, found[0] ?? 'nothing', ['nothing']);
          }
        }
        tally.control('what is planted in a row is found', planted.row);
        tally.control('what is planted in a log is found', planted.file);
        for (const folder of KEY_FOLDERS) {
          const open = filesOf(range, path.join(range.setting.supervisor.platform.dataDir, folder));
          for (const { name, mode } of open) tally.judged(`who may read ${name}`, (mode & 0o077) === 0 ? 'the owner alone' : mode.toString(8), ['the owner alone']);
        }
        const [sealed] = await query<{ hashes: string }>("SELECT count(*) AS hashes FROM account WHERE password_hash LIKE '$argon2id$%'");
        const [accounts] = await query<{ all: string }>('SELECT count(*) AS all FROM account');
        tally.control(`by design there are ${sealed?.hashes ?? '0'} argon2id hashes of passwords, one for each account, and second factors sealed with a key that is not in the database`, sealed?.hashes === accounts?.all);
      } finally {
        rmSync(log, { force: true });
        await query('DELETE FROM lexicon_entry WHERE platform = $1', [PLANTED]);
      }
    });
  },
};

/** What would be a theft of its own, known to the suite because it lies where it may lie. */
async function needlesOf(range: Range): Promise<readonly Needle[]> {
  const { setting, cast, system } = range;
  const { api } = (await range.actor(cast.district, cast.officer)).context;
  const { token } = api.currentSession();
  const password = new URL(system.ownerDatabaseUrl).password;
  const keyFiles = readdirSync(setting.cli.keysDir).filter((name) => statSync(path.join(setting.cli.keysDir, name)).isFile());
  const raw = keyFiles.flatMap((name) => {
    const text = readFileSync(path.join(setting.cli.keysDir, name), 'latin1');
    const pkcs8 = /"pkcs8":\s*"([^"]{40,})"/.exec(text)?.[1];
    return pkcs8 === undefined ? [] : [needleOf(`the key ${name}`, Buffer.from(pkcs8, 'base64').subarray(-32))];
  });
  return [
    ...raw, needleOf('the passphrase of the people\'s keys', readFileSync(path.join(setting.cli.demoKeysDir, 'passphrase'), 'utf8').trim()),
    ...(password === '' ? [] : [needleOf('the database owner\'s password', decodeURIComponent(password))]), needleOf('a session\'s token', token),
    ...fleetOf(range).terminals.map(({ id, claimCode }) => needleOf(`the claim code of ${id}`, claimCode)),
  ];
}

/** Every row of every table, as text; bytes besides as they are. */
async function rowsOf(query: Query): Promise<readonly Bytes[]> {
  const tables = await query<{ name: string }>("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1");
  const all: Bytes[] = [];
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`);
    const planted = rows.filter(({ row }) => row.includes(PLANTED));
    const others = rows.filter(({ row }) => !row.includes(PLANTED)).map(({ row }) => row).join('\n');
    const binary = [...others.matchAll(/"\\\\x([0-9a-f]{16,})"/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'));
    all.push({ name, bytes: Buffer.concat([Buffer.from(others), ...binary]) }, ...planted.map(({ row }) => ({ name: `${name} ${PLANTED}`, bytes: Buffer.from(row) })));
  }
  return all;
}

function* filesOf(range: Range, folder = range.setting.supervisor.platform.dataDir): Generator<FileBytes> {
  const root = range.setting.supervisor.platform.dataDir;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory() && !(folder === root && BY_DESIGN.has(entry.name))) yield* filesOf(range, at);
    else if (entry.isFile() && statSync(at).size < MOST_BYTES) yield { name: path.relative(root, at), bytes: readFileSync(at), mode: statSync(at).mode };
  }
}
