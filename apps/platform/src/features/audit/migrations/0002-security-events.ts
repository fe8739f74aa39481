import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What somebody tried and was refused: signed by a terminal, or seen at the API. The same cause within a minute is one row. */
export const securityEvents: Migration = {
  name: 'audit/0002-security-events',
  sql: `
    CREATE TABLE security_event (
      id           uuid PRIMARY KEY,
      at           bigint NOT NULL,
      received_at  bigint NOT NULL,
      platform     text NOT NULL,
      terminal     text NOT NULL DEFAULT '',
      kind         text NOT NULL,
      code         text NOT NULL DEFAULT '',
      subject      text NOT NULL DEFAULT '',
      key_ids      text[] NOT NULL,
      count        integer NOT NULL DEFAULT 1,
      minute       bigint NOT NULL,
      CONSTRAINT security_event_cause UNIQUE (platform, terminal, kind, code, subject, minute)
    );
    CREATE INDEX security_event_newest ON security_event (received_at DESC);
    REVOKE DELETE, TRUNCATE ON security_event FROM ${APP_ROLE};
  `,
};
