import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Live permits as far as they are signed, and the messages handed in under them. A signature is added, never changed. */
export const permits: Migration = {
  name: 'messages/0005-permits',
  sql: `
    CREATE TABLE permit (
      digest        text PRIMARY KEY,
      platform      text NOT NULL,
      envelope      text NOT NULL,
      posted_at     bigint NOT NULL,
      withdrawn_by  text,
      withdrawn_at  bigint
    );
    CREATE INDEX permit_platform ON permit (platform, posted_at DESC);
    REVOKE UPDATE, DELETE, TRUNCATE ON permit FROM ${APP_ROLE};
    GRANT UPDATE (envelope, withdrawn_by, withdrawn_at) ON permit TO ${APP_ROLE};
    CREATE TABLE permit_use (
      message    uuid PRIMARY KEY REFERENCES message (id),
      permit     text NOT NULL REFERENCES permit (digest),
      begins_at  bigint NOT NULL
    );
    CREATE INDEX permit_use_begins ON permit_use (permit, begins_at);
    REVOKE UPDATE, DELETE, TRUNCATE ON permit_use FROM ${APP_ROLE};
  `,
};
