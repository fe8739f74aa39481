import { APP_ROLE, type Migration } from '../../../kernel/database';

/** How often each passkey said it had signed when its last signature was accepted. */
export const passkeyCounters: Migration = {
  name: 'authority/0002-passkey-counters',
  sql: `
    CREATE TABLE passkey_counter (
      key_id  text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{64}$'),
      counter bigint NOT NULL CHECK (counter >= 0),
      at      bigint NOT NULL
    );
    REVOKE DELETE, TRUNCATE ON passkey_counter FROM ${APP_ROLE};
  `,
};
