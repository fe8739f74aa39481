import type { Migration } from '../../../kernel/database';

/** What was spoken before, by what makes it that very sound; and each platform's own readings of words. */
export const speech: Migration = {
  name: 'media/0002-speech',
  sql: `
    CREATE TABLE speech (
      key      text PRIMARY KEY CHECK (key ~ '^[0-9a-f]{64}$'),
      sha256   text NOT NULL REFERENCES media (sha256),
      engine   text NOT NULL,
      voice    text NOT NULL,
      made_at  bigint NOT NULL
    );
    CREATE TABLE lexicon_entry (
      platform  text NOT NULL,
      written   text NOT NULL,
      entry     jsonb NOT NULL,
      person    text NOT NULL,
      at        bigint NOT NULL,
      PRIMARY KEY (platform, written)
    );
  `,
};
