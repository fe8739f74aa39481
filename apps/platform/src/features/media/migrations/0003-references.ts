import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What names a recording and so keeps it, and how much room its original takes. Messages that were handed in before name theirs. */
export const references: Migration = {
  name: 'media/0003-references',
  sql: `
    ALTER TABLE media ADD COLUMN original_bytes integer NOT NULL DEFAULT 0;
    CREATE TABLE media_reference (
      sha256    text NOT NULL REFERENCES media (sha256),
      platform  text NOT NULL,
      subject   text NOT NULL,
      PRIMARY KEY (sha256, subject)
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON media_reference FROM ${APP_ROLE};
  `,
};
