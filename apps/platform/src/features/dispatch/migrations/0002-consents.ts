import { APP_ROLE, type Migration } from '../../../kernel/database';

/** A stopper's consents as they were signed: each correction is given once, each stop taken back once. */
export const consents: Migration = {
  name: 'dispatch/0002-consents',
  sql: `
    CREATE TABLE consent (
      digest       text PRIMARY KEY,
      -- The message that is taken back, or that goes on.
      message      uuid NOT NULL REFERENCES message (id),
      platform     text NOT NULL,
      person       text NOT NULL,
      kind         text NOT NULL CHECK (kind IN ('correct', 'resume')),
      -- Digest of the correction, or id of the stop.
      subject      text NOT NULL,
      dispatch     uuid NOT NULL REFERENCES dispatch (id),
      envelope     text NOT NULL,
      received_at  bigint NOT NULL,
      UNIQUE (message, subject)
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON consent FROM ${APP_ROLE};
  `,
};
