import type { Migration } from '../../../kernel/database';

/**
 * Around the rosters: keys that people ask for, how sure we are of those that stand, and rosters that are half signed.
 * Nothing here is authority: what counts is what officers have signed, in trust_document.
 */
export const keysAndPapers: Migration = {
  name: 'authority/0003-keys-and-papers',
  sql: `
    CREATE TABLE key_request (
      id          text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
      platform    text NOT NULL,
      person      text NOT NULL,
      account     text NOT NULL,
      signed      text NOT NULL,
      received_at bigint NOT NULL,
      expires_at  bigint NOT NULL
    );
    CREATE INDEX key_request_platform ON key_request (platform, received_at);
    -- When this server first saw a key in a roster in force.
    CREATE TABLE key_seen (
      platform text NOT NULL,
      key_id   text NOT NULL,
      at       bigint NOT NULL,
      PRIMARY KEY (platform, key_id)
    );
    CREATE TABLE key_possession (
      platform text NOT NULL,
      key_id   text NOT NULL,
      at       bigint NOT NULL,
      PRIMARY KEY (platform, key_id)
    );
    -- Platforms of which too few could sign; a row is one alarm, from its beginning to its end.
    CREATE TABLE signing_shortage (
      platform text PRIMARY KEY,
      since    bigint NOT NULL
    );
    CREATE TABLE paper (
      digest      text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
      platform    text NOT NULL,
      version     bigint NOT NULL,
      onto        text NOT NULL,
      payload     text NOT NULL,
      requests    text[] NOT NULL,
      drafted_by  text NOT NULL,
      received_at bigint NOT NULL,
      expires_at  bigint NOT NULL
    );
    CREATE INDEX paper_platform ON paper (platform, received_at);
    CREATE TABLE paper_signature (
      digest text NOT NULL REFERENCES paper ON DELETE CASCADE,
      key_id text NOT NULL,
      sig    text NOT NULL,
      at     bigint NOT NULL,
      PRIMARY KEY (digest, key_id)
    );
  `,
};
