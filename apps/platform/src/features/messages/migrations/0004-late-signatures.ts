import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Signatures that a message still owes after it went on the air, by the policy under which it did (先播后补签). */
export const lateSignatures: Migration = {
  name: 'messages/0004-late-signatures',
  sql: `
    CREATE TABLE late_signature (
      message   uuid NOT NULL REFERENCES message (id),
      step      text NOT NULL,
      role      text NOT NULL,
      unit      text,
      count     integer NOT NULL,
      aired_at  bigint NOT NULL,
      due_at    bigint NOT NULL,
      -- When it was said that it is overdue.
      told_at   bigint,
      PRIMARY KEY (message, step)
    );
    CREATE INDEX late_signature_due ON late_signature (due_at);
    REVOKE UPDATE, DELETE, TRUNCATE ON late_signature FROM ${APP_ROLE};
    GRANT UPDATE (told_at) ON late_signature TO ${APP_ROLE};
  `,
};
