import { softwareKeyRecordSchema, type Bootstrap, type Health, type SoftwareKeyRecord, type PlatformId, type SimCard, type TerminalId, type VolumeBand } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { PresenceMoves } from './presence';
import type { AssignedRow, AssignmentRow, ClaimRow, OpenInterval, TerminalRow, TerminalsStore } from './terminals.store';

const IN_SCOPE = '($1::text[] IS NULL OR platform = ANY ($1::text[]))';
const COLUMNS = `id, name, platform, area, physical_code AS "physicalCode", resource_code AS "resourceCode", latitude, longitude, horns,
  households, natural_village AS "naturalVillage", state, device_key_id AS "keyId", device_alg AS alg, device_spki AS spki,
  max_volume AS "wantedMaxVolume", assignment_version AS "assignmentVersion", assignment AS "assignmentPlace"`;

type Row = Omit<TerminalRow, 'deviceKey' | 'assignmentVersion' | 'assignmentPlace'> & {
  readonly keyId: string | null;
  readonly alg: string | null;
  readonly spki: string | null;
  readonly assignmentVersion: string;
  readonly assignmentPlace: string | null;
};

export class PgTerminalsStore implements TerminalsStore {
  constructor(private readonly database: Database) {}

  async add(_scope: Scope, tx: Tx, terminals: Bootstrap['terminals'], claimUntil: number): Promise<void> {
    const rows = terminals.map((terminal) => ({
      id: terminal.id, name: terminal.name, platform: terminal.platform, area: terminal.area, physical_code: terminal.physicalCode,
      resource_code: terminal.resourceCode, latitude: terminal.latitude, longitude: terminal.longitude, horns: terminal.horns,
      households: terminal.households, natural_village: terminal.naturalVillage, claim_code_hash: terminal.claimCodeHash, claim_until: claimUntil,
      sim: terminal.sim ?? '',
    }));
    await tx.execute(
      `INSERT INTO terminal (id, name, platform, area, physical_code, resource_code, latitude, longitude, horns, households, natural_village, claim_code_hash, claim_until, sim)
         SELECT id, name, platform, area, physical_code, resource_code, latitude, longitude, horns, households, natural_village, claim_code_hash, claim_until, sim
           FROM json_populate_recordset(NULL::terminal, $1::json)`,
      [JSON.stringify(rows)],
    );
  }

  async all(scope: Scope): Promise<readonly TerminalRow[]> {
    return (await this.database.query<Row>(`SELECT ${COLUMNS} FROM terminal WHERE ${IN_SCOPE}`, [scope.platforms])).map(terminalOf);
  }

  simCards(scope: Scope): Promise<readonly SimCard[]> {
    return this.database.query<SimCard>(`SELECT id AS terminal, sim FROM terminal WHERE ${IN_SCOPE} AND sim <> '' ORDER BY id`, [scope.platforms]);
  }

  async assignments(scope: Scope): Promise<readonly AssignmentRow[]> {
    const rows = await this.database.query<{ readonly place: string; readonly envelope: string }>(
      `SELECT place, envelope FROM assignment WHERE ${IN_SCOPE} AND place IN (SELECT assignment FROM terminal)`,
      [scope.platforms],
    );
    return rows.map(({ place, envelope }) => ({ place: Number(place), envelope: JSON.parse(envelope) }));
  }

  async lockByClaimCode(scope: Scope, tx: Tx, codeHash: string): Promise<ClaimRow | undefined> {
    const [row] = await tx.query<Omit<ClaimRow, 'claimUntil'> & { readonly claimUntil: string }>(
      `SELECT id, platform, physical_code AS "physicalCode", claim_until AS "claimUntil", device_key_id AS "deviceKeyId"
         FROM terminal WHERE ${IN_SCOPE} AND claim_code_hash = $2 FOR UPDATE`,
      [scope.platforms, codeHash],
    );
    return row === undefined ? undefined : { ...row, claimUntil: Number(row.claimUntil) };
  }

  async renewClaim(scope: Scope, tx: Tx, terminal: TerminalId, codeHash: string, claimUntil: number): Promise<void> {
    await tx.execute(
      `UPDATE terminal SET claim_code_hash = $3, claim_until = $4 WHERE ${IN_SCOPE} AND id = $2 AND state = 'expected' AND device_key_id IS NULL`,
      [scope.platforms, terminal, codeHash, claimUntil],
    );
  }

  async takeDeviceAway(scope: Scope, tx: Tx, terminal: TerminalId, codeHash: string, claimUntil: number): Promise<void> {
    await tx.execute(
      `UPDATE terminal SET state = 'expected', device_key_id = NULL, device_alg = NULL, device_spki = NULL, enrolled_at = NULL, claim_code_hash = $3, claim_until = $4
        WHERE ${IN_SCOPE} AND id = $2`,
      [scope.platforms, terminal, codeHash, claimUntil],
    );
  }

  async lockCodes(_scope: Scope, tx: Tx): Promise<{ readonly ids: ReadonlySet<string>; readonly resourceCodes: ReadonlySet<string> }> {
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('terminal codes'))");
    const rows = await tx.query<{ readonly id: string; readonly code: string }>('SELECT id, resource_code AS code FROM terminal');
    return { ids: new Set(rows.map(({ id }) => id)), resourceCodes: new Set(rows.map(({ code }) => code)) };
  }

  async isKeyTaken(_scope: Scope, tx: Tx, keyId: string): Promise<boolean> {
    return (await tx.query('SELECT 1 FROM terminal WHERE device_key_id = $1', [keyId])).length > 0;
  }

  async enrol(_scope: Scope, tx: Tx, terminal: TerminalId, key: SoftwareKeyRecord, now: number): Promise<void> {
    await tx.execute(
      `UPDATE terminal SET state = 'enrolled', device_key_id = $2, device_alg = $3, device_spki = $4, enrolled_at = $5 WHERE id = $1 AND device_key_id IS NULL`,
      [terminal, key.keyId, key.alg, key.spki, now],
    );
  }

  async lock(scope: Scope, tx: Tx, terminals: readonly TerminalId[]): Promise<readonly TerminalRow[]> {
    return (await tx.query<Row>(`SELECT ${COLUMNS} FROM terminal WHERE ${IN_SCOPE} AND id = ANY ($2) ORDER BY id FOR UPDATE`, [scope.platforms, terminals])).map(terminalOf);
  }

  async wantMaxVolume(scope: Scope, tx: Tx, terminal: TerminalId, volume: VolumeBand): Promise<void> {
    await tx.execute(`UPDATE terminal SET max_volume = $3 WHERE ${IN_SCOPE} AND id = $2`, [scope.platforms, terminal, volume]);
  }

  async addAssignment(_scope: Scope, tx: Tx, row: Parameters<TerminalsStore['addAssignment']>[2]): Promise<number> {
    const { platform, digest, envelope, now, by } = row;
    const [added] = await tx.query<{ readonly place: string }>(
      'INSERT INTO assignment (platform, digest, envelope, accepted_at, accepted_by) VALUES ($1, $2, $3, $4, $5) RETURNING place',
      [platform, digest, JSON.stringify(envelope satisfies Envelope), now, by],
    );
    return Number(added?.place);
  }

  async hasAssignment(_scope: Scope, tx: Tx, digest: string): Promise<boolean> {
    return (await tx.query('SELECT 1 FROM assignment WHERE digest = $1', [digest])).length > 0;
  }

  async assign(_scope: Scope, tx: Tx, place: number, platform: PlatformId, terminals: readonly AssignedRow[]): Promise<void> {
    await tx.execute(
      `UPDATE terminal SET state = 'assigned', platform = $2, area = given.area, resource_code = given.resource_code,
              assignment = $1, assignment_version = given.version
         FROM json_to_recordset($3::json) AS given (terminal text, area text, resource_code text, version bigint)
        WHERE terminal.id = given.terminal`,
      [place, platform, JSON.stringify(terminals.map(({ terminal, area, resourceCode, version }) => ({ terminal, area, resource_code: resourceCode, version })))],
    );
  }

  async openIntervals(_scope: Scope): Promise<readonly OpenInterval[]> {
    const rows = await this.database.query<Omit<OpenInterval, 'since'> & { readonly since: string }>(
      'SELECT terminal, gateway, address, since FROM terminal_presence WHERE until IS NULL',
    );
    return rows.map((row) => ({ ...row, since: Number(row.since) }));
  }

  async recordPresence(_scope: Scope, tx: Tx, { ended, begun }: PresenceMoves): Promise<void> {
    if (ended.length > 0) {
      await tx.execute(
        `UPDATE terminal_presence AS open SET until = greatest(open.since, given.until)
           FROM json_to_recordset($1::json) AS given (terminal text, until bigint)
          WHERE open.terminal = given.terminal AND open.until IS NULL`,
        [JSON.stringify(ended)],
      );
    }
    if (begun.length > 0) {
      await tx.execute(
        `INSERT INTO terminal_presence (terminal, gateway, address, since)
           SELECT terminal, gateway, address, since FROM json_populate_recordset(NULL::terminal_presence, $1::json)
           ON CONFLICT (terminal) WHERE until IS NULL
           DO UPDATE SET gateway = excluded.gateway, address = excluded.address, since = excluded.since`,
        [JSON.stringify(begun)],
      );
    }
  }

  async recordHealth(_scope: Scope, batch: readonly { readonly terminal: TerminalId; readonly at: number; readonly health: Health }[]): Promise<void> {
    if (batch.length === 0) return;
    const latest = new Map(batch.map((row) => [row.terminal, row]));
    await this.database.query(
      `INSERT INTO terminal_health (terminal, at, health)
         SELECT terminal, at, health FROM json_to_recordset($1::json) AS given (terminal text, at bigint, health jsonb) ORDER BY terminal
         ON CONFLICT (terminal) DO UPDATE SET at = excluded.at, health = excluded.health WHERE terminal_health.at <= excluded.at`,
      [JSON.stringify([...latest.values()])],
    );
  }

  async health(scope: Scope, terminals: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, unknown>> {
    const rows = await this.database.query<{ readonly terminal: TerminalId; readonly health: unknown }>(
      `SELECT terminal, health FROM terminal_health JOIN terminal ON terminal.id = terminal_health.terminal WHERE ${IN_SCOPE} AND terminal = ANY ($2)`,
      [scope.platforms, terminals],
    );
    return new Map(rows.map(({ terminal, health }) => [terminal, health]));
  }
}

function terminalOf({ keyId, alg, spki, assignmentVersion, assignmentPlace, ...row }: Row): TerminalRow {
  const key = softwareKeyRecordSchema.safeParse({ keyId, alg, spki });
  return {
    ...row,
    deviceKey: key.success ? key.data : null,
    assignmentVersion: Number(assignmentVersion),
    assignmentPlace: assignmentPlace === null ? null : Number(assignmentPlace),
  };
}
