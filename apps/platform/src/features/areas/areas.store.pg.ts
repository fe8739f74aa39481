import type { AreaId, Charter, PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { Areas, type Area, type PlatformRow, type ResolvedAreas } from './areas';
import { declaredAreas } from './declared-areas';

const COLUMNS = 'area.id, area.parent, area.name, area.codes, area.platform, area.tier';
const IN_SCOPE = '($1::text[] IS NULL OR area.platform = ANY ($1::text[]))';
/** Parents are signed, yet a loop of rows must not hang a query. */
const MOST_LEVELS = 16;

/** Areas and platforms in PostgreSQL. */
export class PgAreas extends Areas {
  constructor(private readonly database: Database) {
    super();
  }

  override tree(scope: Scope): Promise<readonly Area[]> {
    return this.database.query<Area>(`SELECT ${COLUMNS} FROM area WHERE ${IN_SCOPE} ORDER BY place`, [scope.platforms]);
  }

  override async resolve(scope: Scope, tokens: readonly string[]): Promise<ResolvedAreas> {
    const rows = await this.database.query<{ readonly token: string; readonly id: AreaId; readonly inScope: boolean }>(
      `SELECT token, area.id, ${IN_SCOPE} AS "inScope"
         FROM unnest($2::text[]) AS token JOIN area ON area.id = token OR area.codes @> ARRAY[token]`,
      [scope.platforms, [...new Set(tokens)]],
    );
    const ids = new Set<AreaId>();
    const unknown: string[] = [];
    const foreign: string[] = [];
    for (const token of new Set(tokens)) {
      const found = rows.filter((row) => row.token === token);
      const mine = found.filter((row) => row.inScope);
      if (found.length === 0) unknown.push(token);
      else if (mine.length === 0) foreign.push(token);
      for (const { id } of mine) ids.add(id);
    }
    return { ids: [...ids], unknown, foreign };
  }

  override async below(scope: Scope, area: AreaId): Promise<readonly AreaId[]> {
    const rows = await this.database.query<{ readonly id: AreaId }>(
      `WITH RECURSIVE reach (id, level) AS (
         SELECT area.id, 1 FROM area WHERE area.id = $2 AND ${IN_SCOPE}
         UNION
         SELECT area.id, level + 1 FROM area JOIN reach ON area.parent = reach.id WHERE level < ${MOST_LEVELS} AND ${IN_SCOPE}
       ) SELECT DISTINCT id FROM reach`,
      [scope.platforms, area],
    );
    return rows.map(({ id }) => id);
  }

  override async chain(scope: Scope, area: AreaId): Promise<readonly Area[]> {
    return this.database.query<Area>(
      `WITH RECURSIVE way (id, level) AS (
         SELECT area.id, 1 FROM area WHERE area.id = $2 AND ${IN_SCOPE}
         UNION
         SELECT area.parent, level + 1 FROM area JOIN way ON area.id = way.id WHERE area.parent IS NOT NULL AND level < ${MOST_LEVELS}
       ) SELECT ${COLUMNS} FROM area JOIN way ON way.id = area.id ORDER BY level`,
      [scope.platforms, area],
    );
  }

  override platforms(scope: Scope): Promise<readonly PlatformRow[]> {
    return this.database.query<PlatformRow>(
      'SELECT id, parent, tier, name FROM platform WHERE $1::text[] IS NULL OR id = ANY ($1::text[]) ORDER BY place',
      [scope.platforms],
    );
  }

  override async platformsBelow(platform: PlatformId): Promise<readonly PlatformId[]> {
    const rows = await this.database.query<{ readonly id: PlatformId }>(
      `WITH RECURSIVE reach (id, level) AS (
         SELECT id, 1 FROM platform WHERE id = $1
         UNION
         SELECT platform.id, level + 1 FROM platform JOIN reach ON platform.parent = reach.id WHERE level < ${MOST_LEVELS}
       ) SELECT DISTINCT id FROM reach`,
      [platform],
    );
    return rows.map(({ id }) => id);
  }

  override async declare(tx: Tx, charters: readonly Charter[]): Promise<void> {
    const platforms = charters.map(({ platform: id, parent, tier, name }, place) => ({ id, parent, tier, name, place }));
    const areas = declaredAreas(charters).map((area, place) => ({ ...area, place }));
    await tx.execute('DELETE FROM area');
    // A platform whose charter fell stays where it stood: those above must see it, its terminals and its log until it is signed anew.
    await tx.execute('DELETE FROM platform WHERE id = ANY ($1::text[])', [platforms.map(({ id }) => id)]);
    await tx.execute('INSERT INTO platform SELECT id, parent, tier, name, place FROM json_populate_recordset(NULL::platform, $1::json)', [JSON.stringify(platforms)]);
    await tx.execute('INSERT INTO area SELECT id, parent, name, codes, platform, tier, place FROM json_populate_recordset(NULL::area, $1::json)', [JSON.stringify(areas)]);
  }
}
