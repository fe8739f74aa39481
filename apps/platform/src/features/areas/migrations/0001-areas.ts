import type { Migration } from '../../../kernel/database';

/**
 * A copy of what the charters in force declare, for queries. Rebuilt whenever a charter is accepted; a row here gives
 * nobody any power: terminals read signed charters and assignments only.
 */
export const areas: Migration = {
  name: 'areas/0001-areas',
  sql: `
    CREATE TABLE platform (
      id     text PRIMARY KEY,
      parent text,
      tier   text NOT NULL CHECK (tier IN ('district', 'township', 'village')),
      name   text NOT NULL,
      place  integer NOT NULL
    );
    CREATE TABLE area (
      id       text PRIMARY KEY,
      parent   text,
      name     text NOT NULL,
      codes    text[] NOT NULL,
      platform text NOT NULL,
      tier     text NOT NULL,
      place    integer NOT NULL
    );
    CREATE INDEX area_parent ON area (parent);
    CREATE INDEX area_platform ON area (platform);
    CREATE INDEX area_codes ON area USING gin (codes);
  `,
};
