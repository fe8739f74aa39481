import type { Migration } from '../../../kernel/database';

/** Natural villages and public places, as the district's tables name them. Nothing is targeted by them; they say whom a warning reaches. */
export const places: Migration = {
  name: 'areas/0002-places',
  sql: `
    CREATE TABLE natural_village (
      area       text NOT NULL,
      name       text NOT NULL,
      households integer NOT NULL CHECK (households >= 0),
      place      integer NOT NULL
    );
    CREATE INDEX natural_village_area ON natural_village (area);
    CREATE TABLE public_place (
      area      text NOT NULL,
      name      text NOT NULL,
      kind      text NOT NULL,
      people    integer NOT NULL CHECK (people >= 0),
      longitude double precision,
      latitude  double precision,
      place     integer NOT NULL
    );
    CREATE INDEX public_place_area ON public_place (area);
  `,
};
