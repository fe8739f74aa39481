import type { Places } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { PlaceBook } from './places';

const IN_SCOPE = '($1::text[] IS NULL OR area.platform = ANY ($1::text[]))';

/** Places in PostgreSQL. */
export class PgPlaceBook extends PlaceBook {
  constructor(private readonly database: Database) {
    super();
  }

  override async read(scope: Scope): Promise<Places> {
    const naturalVillages = await this.database.query<Places['naturalVillages'][number]>(
      `SELECT natural_village.area, natural_village.name, households FROM natural_village JOIN area ON area.id = natural_village.area
        WHERE ${IN_SCOPE} ORDER BY natural_village.place`,
      [scope.platforms],
    );
    const publicPlaces = await this.database.query<Places['publicPlaces'][number]>(
      `SELECT public_place.area, public_place.name, kind, people, longitude, latitude FROM public_place JOIN area ON area.id = public_place.area
        WHERE ${IN_SCOPE} ORDER BY public_place.place`,
      [scope.platforms],
    );
    return { naturalVillages: [...naturalVillages], publicPlaces: [...publicPlaces] };
  }

  override async add(_scope: Scope, tx: Tx, { naturalVillages, publicPlaces }: Places): Promise<void> {
    const rows = (of: readonly object[]): string => JSON.stringify(of.map((row, place) => ({ ...row, place })));
    await tx.execute('INSERT INTO natural_village SELECT area, name, households, place FROM json_populate_recordset(NULL::natural_village, $1::json)', [rows(naturalVillages)]);
    await tx.execute('INSERT INTO public_place SELECT area, name, kind, people, longitude, latitude, place FROM json_populate_recordset(NULL::public_place, $1::json)', [rows(publicPlaces)]);
  }
}
