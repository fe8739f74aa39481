import type { Migration } from '../../../kernel/database';

/** Second factors, and sessions that end when nobody is there. Secrets are sealed with a key that is not in here. */
export const secondFactors: Migration = {
  name: 'access/0002-second-factors',
  sql: `
    CREATE TABLE account_totp (
      account      text PRIMARY KEY REFERENCES account (account) ON DELETE CASCADE,
      sealed       text NOT NULL,
      begun_at     bigint NOT NULL,
      -- Null until a code of it came back: then it counts.
      confirmed_at bigint,
      -- Codes up to this step of 30 s are used up.
      last_step    bigint NOT NULL DEFAULT 0,
      -- A replacement begun beside the one in use.
      next_sealed  text,
      next_at      bigint
    );
    CREATE TABLE recovery_code (
      account text NOT NULL REFERENCES account (account) ON DELETE CASCADE,
      number  integer NOT NULL,
      hash    text NOT NULL,
      used_at bigint,
      PRIMARY KEY (account, number)
    );
    CREATE TABLE account_key (
      account     text NOT NULL REFERENCES account (account) ON DELETE CASCADE,
      key_id      text NOT NULL,
      key         jsonb NOT NULL,
      name        text NOT NULL,
      enrolled_at bigint NOT NULL,
      expires_at  bigint NOT NULL,
      used_at     bigint,
      counter     bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (account, key_id)
    );
    -- Challenges that were answered, until they are over by themselves: none is answered twice.
    CREATE TABLE spent_challenge (
      challenge  text PRIMARY KEY,
      expires_at bigint NOT NULL
    );
    ALTER TABLE session ADD COLUMN factor text NOT NULL DEFAULT 'off';
    ALTER TABLE session ADD COLUMN last_seen_at timestamptz;
    UPDATE session SET last_seen_at = issued_at;
    ALTER TABLE session ALTER COLUMN last_seen_at SET NOT NULL;
  `,
};
