import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Areas that their own officers closed to the tiers above, as they were signed. */
export const isolates: Migration = {
  name: 'delivery/0002-isolates',
  sql: `
    CREATE TABLE isolate (
      id           uuid PRIMARY KEY,
      platform     text NOT NULL,
      area         text NOT NULL,
      digest       text NOT NULL UNIQUE,
      issued_at    bigint NOT NULL,
      not_after    bigint NOT NULL,
      envelope     text NOT NULL,
      recorded_at  bigint NOT NULL
    );
    CREATE INDEX isolate_window ON isolate (not_after);
    REVOKE UPDATE, DELETE, TRUNCATE ON isolate FROM ${APP_ROLE};
  `,
};
