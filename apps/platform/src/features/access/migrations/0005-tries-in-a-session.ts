import type { Migration } from '../../../kernel/database';

/** Wrong passwords and codes of who is signed in (to change the password, to enrol a key), counted for the session. */
export const triesInASession: Migration = {
  name: 'access/0005-tries-in-a-session',
  sql: `
    ALTER TABLE session ADD COLUMN failures integer NOT NULL DEFAULT 0;
    ALTER TABLE session ADD COLUMN failing_since bigint NOT NULL DEFAULT 0;
  `,
};
