import { APP_ROLE, type Migration } from '../../../kernel/database';

/** The signed documents as they came, in the order they were accepted. Their signatures count, not these rows. */
export const authority: Migration = {
  name: 'authority/0001-authority',
  sql: `
    CREATE TABLE trust_document (
      place       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      word        text NOT NULL CHECK (word IN ('root', 'charter', 'roster', 'revocation')),
      platform    text NOT NULL,
      version     bigint NOT NULL,
      digest      text NOT NULL UNIQUE,
      envelope    text NOT NULL,
      accepted_at bigint NOT NULL,
      accepted_by text NOT NULL,
      UNIQUE (word, platform, version)
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON trust_document FROM ${APP_ROLE};

    CREATE TABLE dispatcher_epoch (
      platform text PRIMARY KEY,
      epoch    bigint NOT NULL CHECK (epoch >= 1)
    );
    CREATE TABLE map_drawing (
      only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
      drawing  text NOT NULL
    );
  `,
};
