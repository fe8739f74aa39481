import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What terminals signed, each by its counter, and how far each terminal's counters are complete. */
export const delivery: Migration = {
  name: 'delivery/0001-delivery',
  sql: `
    CREATE TABLE device_record (
      terminal        text NOT NULL,
      counter         bigint NOT NULL,
      platform        text NOT NULL,
      word            text NOT NULL CHECK (word IN ('receipt', 'event')),
      payload_digest  text NOT NULL,
      dispatch        uuid,
      message_digest  text,
      at              bigint NOT NULL,
      received_at     bigint NOT NULL,
      envelope        text NOT NULL,
      PRIMARY KEY (terminal, counter)
    );
    CREATE INDEX device_record_message ON device_record (message_digest) WHERE message_digest IS NOT NULL;
    CREATE TABLE device_counter (
      terminal  text PRIMARY KEY,
      -- Everything up to here is committed without a gap.
      acked     bigint NOT NULL DEFAULT 0,
      highest   bigint NOT NULL DEFAULT 0
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON device_record FROM ${APP_ROLE};
    REVOKE DELETE, TRUNCATE ON device_counter FROM ${APP_ROLE};
  `,
};
