import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What takes a message back, frozen with it. A correction that is given becomes a message of its own with this digest. */
export const corrections: Migration = {
  name: 'messages/0002-corrections',
  sql: `
    CREATE TABLE message_correction (
      message   uuid NOT NULL REFERENCES message (id),
      kind      text NOT NULL CHECK (kind IN ('correction', 'all-clear')),
      digest    text NOT NULL UNIQUE CHECK (digest ~ '^[0-9a-f]{64}$'),
      envelope  text NOT NULL,
      PRIMARY KEY (message, kind)
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON message_correction FROM ${APP_ROLE};
  `,
};
