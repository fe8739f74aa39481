import type { Migration } from '../../../kernel/database';

/** Recordings by their digest, who brought them, and the sounds that every terminal has. The bytes lie in files. */
export const media: Migration = {
  name: 'media/0001-media',
  sql: `
    CREATE TABLE media (
      sha256                 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      bytes                  integer NOT NULL,
      duration_ms            integer NOT NULL,
      integrated_centi_lufs  integer NOT NULL,
      true_peak_centi_dbtp   integer NOT NULL,
      original_sha256        text,
      stored_at              bigint NOT NULL
    );
    CREATE TABLE media_holder (
      sha256    text NOT NULL REFERENCES media (sha256),
      platform  text NOT NULL,
      role      text NOT NULL,
      name      text NOT NULL,
      person    text NOT NULL,
      at        bigint NOT NULL,
      PRIMARY KEY (sha256, platform)
    );
    CREATE TABLE sound (
      id      text PRIMARY KEY,
      sha256  text NOT NULL REFERENCES media (sha256),
      role    text NOT NULL,
      name    text NOT NULL
    );
  `,
};
