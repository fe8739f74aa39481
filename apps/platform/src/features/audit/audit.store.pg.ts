import { headSchema, leafBodySchema, type Digest, type HeadRef, type PlatformId } from '#libs/contracts';
import { parseEnvelope, unverifiedPayload } from '#libs/envelope';
import type { FrontierState } from '#libs/suites';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { SignedHead } from './audit';
import type { AuditStore, EnrolledKey, LatestHeads, LeafWithDetails, NewNumber, NumberedLeaf, SideRow, WrittenLeaf } from './audit.store';

/** Any number, the same in every server on this database. */
const TURN_LOCK = 4_202_312;
const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY ($1::text[]))';

/** One look into the index per platform, however many heads were signed. */
const WITH_LAST_HEAD = (join: 'LEFT' | 'INNER'): string =>
  `${join} JOIN LATERAL (
     SELECT tree_size, at, envelope FROM audit_head WHERE audit_head.platform = audit_tree.platform ORDER BY tree_size DESC LIMIT 1
   ) AS last ON true`;

export class PgAuditStore implements AuditStore {
  constructor(private readonly database: Database) {}

  async takeTurn(_scope: Scope, tx: Tx): Promise<boolean> {
    const [row] = await tx.query<{ readonly taken: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS taken', [TURN_LOCK]);
    return row?.taken === true;
  }

  unnumbered(scope: Scope, tx: Tx, lookBackMs: number | null, count: number): Promise<readonly WrittenLeaf[]> {
    return tx.query<WrittenLeaf>(
      `SELECT id, platform, kind, body FROM audit_leaf
        WHERE ${IN_SCOPE} AND ($2::bigint IS NULL OR inserted_at > now() - $2 * interval '1 millisecond')
          AND NOT EXISTS (SELECT 1 FROM audit_sequence WHERE leaf_id = audit_leaf.id)
        ORDER BY inserted_at, id LIMIT $3`,
      [scope.platforms, lookBackMs, count],
    );
  }

  async frontiers(scope: Scope, tx: Tx, platforms: readonly PlatformId[]): Promise<ReadonlyMap<PlatformId, FrontierState>> {
    return treesIn(await tx.query<TreeRow>(`SELECT platform, size, peaks FROM audit_tree WHERE ${IN_SCOPE} AND platform = ANY ($2)`, [scope.platforms, platforms]));
  }

  async number(_scope: Scope, tx: Tx, numbers: readonly NewNumber[], frontiers: ReadonlyMap<PlatformId, FrontierState>): Promise<void> {
    await tx.execute(
      'INSERT INTO audit_sequence (platform, seq, leaf_id, leaf_hash) SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::bytea[])',
      [numbers.map((row) => row.platform), numbers.map((row) => row.seq), numbers.map((row) => row.leafId), numbers.map((row) => Buffer.from(row.leafHash))],
    );
    const trees = [...frontiers].map(([platform, { size, peaks }]) => ({ platform, size, peaks }));
    await tx.execute(
      `INSERT INTO audit_tree SELECT * FROM json_populate_recordset(NULL::audit_tree, $1::json)
         ON CONFLICT (platform) DO UPDATE SET size = excluded.size, peaks = excluded.peaks`,
      [JSON.stringify(trees)],
    );
  }

  async unsigned(scope: Scope, tx: Tx, headBefore: number): Promise<ReadonlyMap<PlatformId, FrontierState>> {
    return treesIn(await tx.query<TreeRow>(
      `SELECT platform, size, peaks FROM audit_tree ${WITH_LAST_HEAD('LEFT')}
        WHERE ${IN_SCOPE} AND size > 0 AND (tree_size IS NULL OR (tree_size < size AND at <= $2))`,
      [scope.platforms, headBefore],
    ));
  }

  async addHead(_scope: Scope, tx: Tx, { head, envelope }: SignedHead): Promise<void> {
    await tx.execute('INSERT INTO audit_head (platform, tree_size, root_hash, at, envelope) VALUES ($1, $2, $3, $4, $5)', [
      head.platform, head.treeSize, head.rootHash, head.at, JSON.stringify(envelope),
    ]);
  }

  async latestHeads(scope: Scope): Promise<LatestHeads> {
    const rows = await this.database.query<{ readonly platform: PlatformId; readonly envelope: string }>(
      `SELECT platform, envelope FROM audit_tree ${WITH_LAST_HEAD('INNER')} WHERE ${IN_SCOPE} ORDER BY platform`,
      [scope.platforms],
    );
    const read = rows.map(({ platform, envelope }) => ({ platform, signed: readHead(envelope) }));
    return {
      heads: read.flatMap(({ signed }) => signed ?? []),
      unreadable: read.flatMap(({ platform, signed }) => (signed === undefined ? [platform] : [])),
    };
  }

  async leaves(scope: Scope, platform: PlatformId, from: number, count: number): Promise<readonly NumberedLeaf[]> {
    const rows = await this.database.query<Omit<NumberedLeaf, 'seq' | 'leafHash'> & { readonly seq: string; readonly leafHash: Digest }>(
      `SELECT audit_leaf.id, audit_leaf.platform, kind, body, seq, encode(leaf_hash, 'hex') AS "leafHash"
         FROM audit_sequence JOIN audit_leaf ON audit_leaf.id = leaf_id
        WHERE ($1::text[] IS NULL OR audit_sequence.platform = ANY ($1::text[])) AND audit_sequence.platform = $2 AND seq >= $3
        ORDER BY seq LIMIT $4`,
      [scope.platforms, platform, from, count],
    );
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
  }

  async rootsAt(scope: Scope, tx: Tx, heads: readonly HeadRef[]) {
    const rows = await tx.query<{ readonly platform: PlatformId; readonly size: string; readonly found: readonly string[] }>(
      `SELECT platform, size, ARRAY(
         SELECT h.tree_size || ' ' || h.root_hash FROM unnest($2::text[], $3::bigint[]) AS w (platform, size)
           JOIN audit_head h ON h.platform = w.platform AND h.tree_size = w.size WHERE h.platform = audit_tree.platform) AS found
         FROM audit_tree WHERE ${IN_SCOPE} AND platform = ANY ($2)`,
      [scope.platforms, heads.map(({ platform }) => platform), heads.map(({ treeSize }) => treeSize)],
    );
    return new Map(rows.map(({ platform, size, found }) => [platform, { size: Number(size), roots: new Set(found) }]));
  }

  async headSizes(scope: Scope): Promise<ReadonlyMap<PlatformId, number>> {
    const rows = await this.database.query<{ readonly platform: PlatformId; readonly size: string }>(
      `SELECT platform, max(tree_size) AS size FROM audit_head WHERE ${IN_SCOPE} GROUP BY platform`, [scope.platforms],
    );
    return new Map(rows.map(({ platform, size }) => [platform, Number(size)]));
  }

  async sizes(scope: Scope): Promise<ReadonlyMap<PlatformId, number>> {
    const rows = await this.database.query<{ readonly platform: PlatformId; readonly size: string }>(
      `SELECT platform, (SELECT coalesce(max(seq) + 1, 0) FROM audit_sequence WHERE audit_sequence.platform = audit_tree.platform) AS size FROM audit_tree WHERE ${IN_SCOPE}`, [scope.platforms],
    );
    return new Map(rows.map(({ platform, size }) => [platform, Number(size)]));
  }

  async headsBetween(scope: Scope, platform: PlatformId, from: number, to: number) {
    const rows = await this.database.query<{ readonly size: string; readonly envelope: string }>(
      `SELECT tree_size AS size, envelope FROM audit_head WHERE ${IN_SCOPE} AND platform = $2 AND tree_size > $3 AND tree_size <= $4 ORDER BY tree_size`,
      [scope.platforms, platform, from, to],
    );
    return rows.map(({ size, envelope }) => ({ size: Number(size), envelope }));
  }

  details(scope: Scope, leaves: readonly string[]): Promise<readonly SideRow[]> {
    return this.database.query<SideRow>(
      `SELECT leaf_id AS leaf, field, encode(salt, 'base64') AS salt, value FROM audit_person_detail JOIN audit_leaf ON audit_leaf.id = leaf_id
        WHERE ${IN_SCOPE} AND leaf_id = ANY ($2::uuid[]) ORDER BY leaf_id, field`,
      [scope.platforms, leaves],
    );
  }

  leavesWithDetails(scope: Scope, tx: Tx, platform: PlatformId): Promise<readonly LeafWithDetails[]> {
    return tx.query<LeafWithDetails>(
      `SELECT id, subject, body, array_agg(value) AS values FROM audit_leaf JOIN audit_person_detail ON leaf_id = audit_leaf.id
        WHERE ${IN_SCOPE} AND platform = $2 GROUP BY id, subject, body`,
      [scope.platforms, platform],
    );
  }

  eraseDetails(scope: Scope, tx: Tx, leaves: readonly string[]): Promise<number> {
    return tx.execute(
      `DELETE FROM audit_person_detail WHERE leaf_id IN (SELECT id FROM audit_leaf WHERE ${IN_SCOPE} AND id = ANY ($2::uuid[]))`, [scope.platforms, leaves],
    );
  }

  async laterDocuments(scope: Scope, platforms: readonly PlatformId[], sizes: ReadonlyMap<PlatformId, number>): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ readonly platform: PlatformId; readonly body: string; readonly seq: string | null }>(
      `SELECT audit_leaf.platform, body, seq FROM audit_leaf LEFT JOIN audit_sequence ON leaf_id = audit_leaf.id
        WHERE ($1::text[] IS NULL OR audit_leaf.platform = ANY ($1::text[])) AND audit_leaf.platform = ANY ($2)
          AND kind IN ('root.accepted', 'charter.accepted', 'roster.accepted', 'revocation.accepted')
          AND subject IN ('root:' || audit_leaf.platform, 'charter:' || audit_leaf.platform, 'roster:' || audit_leaf.platform, 'revocation:' || audit_leaf.platform)`,
      [scope.platforms, platforms],
    );
    return new Set(rows.filter(({ platform, seq }) => seq === null || Number(seq) >= (sizes.get(platform) ?? 0)).flatMap(({ body }) => factIn(body, 'digest') ?? []));
  }

  async enrolledKeys(scope: Scope, platforms: readonly PlatformId[], sizes: ReadonlyMap<PlatformId, number>): Promise<readonly EnrolledKey[]> {
    const rows = await this.database.query<{ readonly platform: PlatformId; readonly body: string; readonly seq: string; readonly subject: string }>(
      `SELECT audit_leaf.platform, body, seq, subject FROM audit_leaf JOIN audit_sequence ON leaf_id = audit_leaf.id
        WHERE ($1::text[] IS NULL OR audit_leaf.platform = ANY ($1::text[])) AND audit_leaf.platform = ANY ($2) AND kind = 'terminal.enrolled'
        ORDER BY array_position($2, audit_leaf.platform), seq`,
      [scope.platforms, platforms],
    );
    return rows.filter(({ platform, seq }) => Number(seq) < (sizes.get(platform) ?? 0)).flatMap(({ body, subject }) => {
      const [keyId, alg, spki] = [factIn(body, 'keyId'), factIn(body, 'alg'), factIn(body, 'spki')];
      return keyId === undefined || alg === undefined || spki === undefined ? [] : [{ terminal: subject, key: { keyId, alg, spki } }];
    });
  }
}

/** A fact of a leaf's body that is a string; undefined of a body that somebody edited. */
function factIn(body: string, name: string): string | undefined {
  const read = leafBodySchema.safeParse(jsonOf(body));
  const value = read.data?.facts[name];
  return typeof value === 'string' ? value : undefined;
}

interface TreeRow {
  readonly platform: PlatformId;
  readonly size: string;
  readonly peaks: readonly string[];
}

function treesIn(rows: readonly TreeRow[]): ReadonlyMap<PlatformId, FrontierState> {
  return new Map(rows.map(({ platform, size, peaks }) => [platform, { size: Number(size), peaks }]));
}

/** Our own row; undefined for one that somebody edited. */
function readHead(text: string): SignedHead | undefined {
  const parsed = parseEnvelope(jsonOf(text));
  const head = parsed.ok ? headSchema.safeParse(unverifiedPayload(parsed.envelope)) : undefined;
  return parsed.ok && head?.success === true ? { head: head.data, envelope: parsed.envelope } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
