import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What may begin to sound is narrowed here for a while, as it was signed. */
export const restrictions: Migration = {
  name: 'delivery/0003-restrictions',
  sql: `
    CREATE TABLE restriction (
      id           uuid PRIMARY KEY,
      platform     text NOT NULL,
      area         text NOT NULL,
      kind         text NOT NULL,
      digest       text NOT NULL UNIQUE,
      not_before   bigint NOT NULL,
      not_after    bigint NOT NULL,
      envelope     text NOT NULL,
      recorded_at  bigint NOT NULL
    );
    CREATE INDEX restriction_window ON restriction (not_after);
    REVOKE UPDATE, DELETE, TRUNCATE ON restriction FROM ${APP_ROLE};
  `,
};
